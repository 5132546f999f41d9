"""deploy/permissions.md: what each aggregate answers to whom, in every situation. Observed."""

from collections.abc import Mapping, Sequence
from inspect import getdoc
from sys import modules

from services.intake.submission import PUBLISHER
from services.publicity.enclosures import PUBLIC
from shared.messages import SYSTEM, Command
from shared.web.problems import ROLE_TITLES
from tests.rules import intake, publicity, review
from tests.rules.numbers import ROOT
from tests.rules.situations import Examples, Observed, Service, by_the_entitled, observe

DOCUMENT = ROOT / "deploy/permissions.md"
SERVICES: tuple[Service, ...] = (intake.SERVICE, review.SERVICE, publicity.SERVICE)
TITLES = {**ROLE_TITLES, SYSTEM: "系统", PUBLISHER: "报送系统", PUBLIC: "公众"}

HEAD = """# 权限与情形 What may be asked, by whom, and when

由 `make rules-docs` 生成，不要手工修改。列为各情形及到达该情形的示例经历；
每一格都是由有权角色提出该命令时实际得到的结果。其他角色提出的，在任何情形下一律拒绝
`not_entitled`，依据为该命令的条款。拒绝不改变任何状态。

Generated; every cell was observed. Columns are the situations of an aggregate and the histories
that led there; where these differ, a cell names them.
"""


def document() -> str:
    """The whole document."""
    return HEAD + "".join(
        f"\n## {service.plan.name}\n" + "".join(_section(one) for one in service.examples)
        for service in SERVICES
    )


def _section(examples: Examples) -> str:
    said = getdoc(modules[examples.decider.decide.__module__]) or ""
    columns = [(one, examples.reaching(one)) for one in examples.situations]
    heads = (f"{'；'.join(states)}<br>`{one.__name__}`" for one, states in columns)
    lines = [
        f"\n### {examples.decider.name}\n\n{said.splitlines()[0]}\n",
        _line("命令", "角色", "依据", *heads),
        _line(*("---" for _ in range(3 + len(columns)))),
        *(
            _row(examples, command, [states for _, states in columns])
            for command in examples.commands
        ),
    ]
    return "\n".join(lines) + "\n"


def _row(examples: Examples, command: Command, columns: Sequence[Mapping[str, object]]) -> str:
    answers = [_answers(examples, command, states) for states in columns]
    labels = dict.fromkeys(
        event.label
        for column in answers
        for observed in column.values()
        for event in observed.events
    )
    does = "、".join(labels) or (getdoc(type(command)) or "").splitlines()[0]
    return _line(
        f"{does}<br>`{command.name}`",
        "、".join(TITLES[role] for role in sorted(command.may)),
        command.rule,
        *map(_cell, answers),
    )


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


Answers = dict[tuple[str, str], Observed]
"""By history and role."""


def _answers(examples: Examples, command: Command, states: Mapping[str, object]) -> Answers:
    return {
        (history, role): observe(examples.decider, asked, state)
        for history, state in states.items()
        for role, asked in by_the_entitled(command)
    }


def _cell(answers: Answers) -> str:
    """Each outcome once; by whom and after which histories, where that makes a difference."""
    histories = dict.fromkeys(history for history, _ in answers)
    roles = dict.fromkeys(role for _, role in answers)
    told: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for history in histories:
        by_outcome: dict[str, list[str]] = {}
        for role in roles:
            by_outcome.setdefault(str(answers[history, role]), []).append(role)
        for outcome, who_asked in by_outcome.items():
            told.setdefault((outcome, tuple(who_asked)), []).append(history)
    many = len(histories)
    lines = []
    for (outcome, asking), where in sorted(told.items(), key=lambda item: len(item[1]) * 2 > many):
        when = "" if len(where) == many else _named(where, many)
        who = "" if len(asking) == len(roles) else "、".join(TITLES[role] for role in asking)
        label = "，".join(part for part in (when, who) if part)
        lines.append(f"{label}：{outcome}" if label else outcome)
    return "<br>".join(lines)


def _named(histories: Sequence[str], among: int) -> str:
    return "其余" if len(histories) * 2 > among else "；".join(histories)
