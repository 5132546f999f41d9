"""`python -m tests.rules.mutation [--seed 1] [--rule S10] [--every]`: do the tests hold the rules?

A line that decides a hard rule is broken, and a test that names the rule must fail. Where a command
got another role, that test may be the comparison of deploy/permissions.md, which names the rule and
the roles of each. What no test notices the types may: a condition that only tells mypy what it is
dealing with cannot be left out, whatever is tested. Which line and how, the seed says; `--every`
breaks all of them. Where a mutant survives, up to two others of the rule are tried, and the
survivor counts. Writes
`.local/rules-mutation.json`; ends with 0 only if none survives and each hard rule has one.
"""

import json
import os
import random
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import chain, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from tests.rules.mutants import ANOTHER_ROLE, HARD, Mutant, mutants
from tests.rules.numbers import ROOT
from tests.rules.places import dotted
from tests.rules.planted import MUTANT
from tests.rules.proofs import proofs

REPORT = ROOT / ".local/rules-mutation.json"
WITHOUT_SERVERS = tuple(
    f"tests/{folder}/" for folder in ("golden", "intake", "publicity", "review", "rules", "shared")
)
PERMISSIONS = "tests/rules/test_permissions.py::test_deploy_permissions_md_is_what_is_observed"
TRIES = 3
LONGEST = 180
"""Seconds after which a mutant is held to run for ever."""
ALL_OF_THEM = 1800
"""Seconds in which the tests of all rules pass on the code as it stands, on a busy machine too."""

MYPY = (sys.executable, "-m", "mypy", "--cache-dir", ".local/mypy-of-mutants")
ONE_AT_A_TIME = Lock()
"""They share a cache."""

PASSED, FAILED, NONE = 0, 1, 5
"""What pytest's exit codes say."""


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    BROKEN = "broken"
    """Its tests could not even be collected: it says nothing of them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A mutant, its fate, and the test, or the error of mypy, that killed it."""

    mutant: Mutant
    fate: Fate
    by: str = ""

    def as_dict(self) -> dict[str, Any]:
        """What machines read."""
        mutant = self.mutant
        return {
            "fate": self.fate,
            "at": f"{mutant.file}:{mutant.line} {mutant.name}",
            "change": mutant.change,
            "diff": mutant.diff,
            "by": self.by,
        }


def main() -> int:
    """Break, run, report."""
    asked = arguments()
    rules = [asked.rule] if asked.rule else list(HARD)
    if not healthy(rules):
        print("这些测试在未改动的代码上就不通过 the tests fail without a mutant", file=sys.stderr)
        return 2
    tried: dict[str, list[Outcome]] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        trying = pool.map(partial(try_rule, seed=asked.seed, every=asked.every), rules)
        for rule, outcomes in zip(rules, trying, strict=True):
            tried[rule] = outcomes
            print("\n".join(printed(rule, outcomes)), flush=True)
    REPORT.parent.mkdir(exist_ok=True)
    told = {rule: [one.as_dict() for one in outcomes] for rule, outcomes in tried.items()}
    REPORT.write_text(json.dumps({"seed": asked.seed, "rules": told}, ensure_ascii=False, indent=1))
    return summed_up(tried, asked.seed)


def arguments() -> Namespace:
    """What was asked for."""
    parser = ArgumentParser(prog="python -m tests.rules.mutation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rule", choices=HARD, metavar="S10")
    parser.add_argument("--every", action="store_true")
    return parser.parse_args()


def summed_up(tried: dict[str, list[Outcome]], seed: int) -> int:
    """The last line, and the exit code."""
    fates = [one.fate for outcomes in tried.values() for one in outcomes]
    bare = [rule for rule, outcomes in tried.items() if not outcomes]
    survived = fates.count(Fate.SURVIVED)
    print(
        f"种子 {seed}：{len(tried)}条硬规则，杀死 {fates.count(Fate.KILLED)}，存活 {survived}，"
        f"无可变异之处或无测试 {len(bare)}（{'、'.join(bare) or '无'}）"
    )
    return 1 if survived or bare else 0


def printed(rule: str, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What people read of one rule."""
    if not outcomes:
        yield f"{rule:4} 没有可变异之处，或没有不需服务器的测试 nothing to break, or no test"
    for one in outcomes:
        mutant = one.mutant
        yield f"{rule:4} {one.fate:8} {mutant.file}:{mutant.line} {mutant.name}, {mutant.change}"
        if one.by:
            yield f"     {one.by}"
        yield from (f"       {line}" for line in mutant.diff)


def nodes_of(rule: str) -> list[str]:
    """The tests that name a rule and need no server, the nearest first."""
    return [
        proof.node for proof in proofs().get(rule, ()) if proof.file.startswith(WITHOUT_SERVERS)
    ]


def healthy(rules: Sequence[str]) -> bool:
    """Whether the tests of these rules pass as the code stands."""
    nodes = dict.fromkeys(chain.from_iterable(map(nodes_of, rules)))
    return not nodes or run(list(nodes), within=ALL_OF_THEM).returncode in (PASSED, NONE)


def try_rule(rule: str, *, seed: int, every: bool) -> list[Outcome]:
    """One mutant and, as long as they survive, another; or every one."""
    nodes = nodes_of(rule)
    outcomes: list[Outcome] = []
    for mutant in in_order(mutants(rule), random.Random(f"{seed} {rule}")) if nodes else ():
        compared = [PERMISSIONS] if mutant.change == ANOTHER_ROLE else []
        outcomes.append(try_mutant(mutant, [*nodes, *compared]))
        killed = outcomes[-1].fate is Fate.KILLED
        if not every and (killed or len(outcomes) == TRIES):
            break
    return outcomes


def in_order(found: Sequence[Mutant], chance: random.Random) -> list[Mutant]:
    """Shuffled so that each function that decides the rule has its turn, however long it is."""
    by_place: dict[tuple[str, str], list[Mutant]] = {}
    for mutant in found:
        by_place.setdefault((mutant.file, mutant.name), []).append(mutant)
    groups = list(by_place.values())
    chance.shuffle(groups)
    for group in groups:
        chance.shuffle(group)
    return [mutant for turn in zip_longest(*groups) for mutant in turn if mutant is not None]


def try_mutant(mutant: Mutant, nodes: Sequence[str]) -> Outcome:
    """Run the tests against the mutant until one fails."""
    with TemporaryDirectory() as directory:
        planted = Path(directory, "mutant.json")
        module = dotted(ROOT / mutant.file)
        planted.write_text(json.dumps({"module": module, "source": mutant.mutated}))
        try:
            ran = run(nodes, {MUTANT: str(planted)})
        except subprocess.TimeoutExpired:
            return Outcome(mutant, Fate.KILLED, f"{LONGEST} s")
    failed = [line for line in ran.stdout.splitlines() if line.startswith("FAILED ")]
    if ran.returncode == FAILED and failed:
        return Outcome(mutant, Fate.KILLED, failed[0].split(" ")[1])
    if ran.returncode not in (PASSED, NONE):
        return Outcome(mutant, Fate.BROKEN)
    refused = refused_by_types(mutant)
    return Outcome(mutant, Fate.KILLED if refused else Fate.SURVIVED, refused)


def refused_by_types(mutant: Mutant) -> str:
    """What mypy says against the mutant, other than that something in it is never reached."""
    with ONE_AT_A_TIME, TemporaryDirectory() as directory:
        shadow = Path(directory, "mutant.py")
        shadow.write_text(mutant.mutated)
        ran = subprocess.run(
            [
                *MYPY,
                "--no-warn-unreachable",
                "--shadow-file",
                mutant.file,
                str(shadow),
                mutant.file,
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    errors = [
        line
        for line in ran.stdout.splitlines()
        if ": error: " in line and not line.endswith("[redundant-expr]")
    ]
    return f"mypy: {errors[0].partition(': error: ')[2]}" if errors else ""


def run(
    nodes: Sequence[str], environment: Mapping[str, str] | None = None, within: int = LONGEST
) -> subprocess.CompletedProcess[str]:
    """Let pytest run these tests without servers, until one fails; it writes nothing here."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=no"]
    plugins = ["-p", "no:cacheprovider", "-p", "tests.rules.planted"]
    with TemporaryDirectory() as directory:
        return subprocess.run(
            [*command, *plugins, *nodes],
            cwd=ROOT,
            env=os.environ | {"HYPOTHESIS_STORAGE_DIRECTORY": directory, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )


if __name__ == "__main__":
    raise SystemExit(main())
