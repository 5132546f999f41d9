"""`gongjiang audit investigate`: facts of three services, findings, and a folder to hand over."""

import json
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel

from deploy.operations.client import Client, NotAsExpected
from deploy.operations.evidence import export
from deploy.operations.session import Session
from deploy.operations.terminal import Json, plain_words, say
from shared.audit.investigation.facts import Facts, IntakeFacts, PublicityFacts, ReviewFacts
from shared.audit.investigation.finding import GRADES, TITLES, Finding
from shared.audit.timeline import TITLES as SERVICE_TITLES
from shared.calendar import BEIJING
from shared.contracts.ids import campaign_id

FORMAT = "gongjiang-findings/1"
BUNDLE = "bundle.zip"
AUDITOR = "auditor"
MOST_KEYS = 1000
"""Cases in one bundle; an investigation that accuses more takes the whole logs."""

SEVERITY = {1: "一般", 2: "较重", 3: "严重"}

PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

Told = TypeVar("Told", bound=BaseModel)


def campaign_of(text: str) -> UUID:
    """The campaign that is meant by its id or by the number of its notice."""
    try:
        return UUID(text)
    except ValueError:
        return campaign_id(text)


def gather(client: Client, campaign: UUID, purpose: str) -> tuple[Facts, dict[str, str]]:
    """What the services tell, and why one of them does not.

    Raises:
        NotAsExpected: intake does not tell.
    """
    unread: dict[str, str] = {}

    def ask(service: str, kind: type[Told]) -> Told:
        path = f"/audit/facts/{campaign}"
        return kind.model_validate(client.post(service, path, AUDITOR, {"purpose": purpose}))

    def ask_if_told(service: str, kind: type[Told]) -> Told | None:
        try:
            return ask(service, kind)
        except NotAsExpected as refused:
            unread[service] = str(refused)
            return None

    facts = Facts(
        intake=ask("intake", IntakeFacts),
        review=ask_if_told("review", ReviewFacts),
        publicity=ask_if_told("publicity", PublicityFacts),
    )
    return facts, unread


def hand_over(
    client: Client, facts: Facts, found: Sequence[Finding], unread: dict[str, str], folder: Path
) -> dict[str, Any]:
    """Write the findings for machines and for people, and the proofs of what they rest on.

    Returns:
        What was written as findings.json.
    """
    folder.mkdir(parents=True, exist_ok=True)
    accused = [one for one in found if one.grade == "finding"]
    keys = sorted({str(id) for one in accused for id in (*one.nominations, *one.objections)})
    if keys:
        export(client, keys if len(keys) <= MOST_KEYS else (), folder / BUNDLE)
    listed = [
        one.model_copy(update={"bundle": BUNDLE if keys and one.grade == "finding" else ""})
        for one in found
    ]
    report = as_json(facts, listed, unread)
    text = json.dumps(report, ensure_ascii=False, indent=1)
    (folder / "findings.json").write_text(text)
    (folder / "findings.html").write_text(page(report))
    return report


def as_json(facts: Facts, found: Sequence[Finding], unread: dict[str, str]) -> dict[str, Any]:
    """The findings as a program reads them, with the nominations that they concern and the names
    of units, as far as one nominated somebody."""
    from shared.audit.investigation.investigate import LEVEL  # noqa: PLC0415  (as below)

    concerned = {id for one in found for id in one.nominations}
    units = {unit for one in found for unit in one.units}
    units |= {one.employer for one in facts.intake.nominations if one.id in concerned}
    return {
        "format": FORMAT,
        "campaign": str(facts.intake.campaign),
        "made_at": datetime.now(UTC).isoformat(),
        "examined": len(facts.intake.nominations),
        "unopened": sum(one.opened is None for one in facts.intake.nominations),
        "level": LEVEL,
        "unread": unread,
        "findings": [one.model_dump(mode="json") for one in found],
        "nominations": {
            str(one.id): {
                "recommender": one.recommender.name,
                "employer": one.employer,
                "received": _clock(one.received.at),
            }
            for one in facts.intake.nominations
            if one.id in concerned
        },
        "units": {
            one.recommender.uscc: f"{one.recommender.name}（{one.recommender.uscc}）"
            for one in facts.intake.nominations
            if one.id in concerned or one.recommender.uscc in units
        },
    }


def _clock(at: datetime) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


def page(report: dict[str, Any]) -> str:
    """The report for people: leads, each with whom it concerns and what it rests on."""
    return PAGES.get_template("findings.html").render(
        report=report,
        made_at=_clock(datetime.fromisoformat(report["made_at"])),
        titles=TITLES,
        grades=GRADES,
        severities=SEVERITY,
        services=SERVICE_TITLES,
        bundle=BUNDLE,
    )


def audit_investigate(
    campaign: Annotated[
        str, typer.Argument(help="评选通知的文号，如 嘉港区办〔2019〕60号，或评选编号")
    ],
    purpose: Annotated[str, typer.Option(help="用途，将记入每一件申报的历史")],
    out: Annotated[Path, typer.Option("-o", "--out", help="写入疑点和证据的文件夹")] = Path(
        "findings"
    ),
    as_json: Json = False,
) -> None:
    """在一次评选的全部申报、评分和异议中查找疑点，连同证据写入一个文件夹。"""
    from shared.audit.investigation.investigate import (  # noqa: PLC0415  (loads statistics)
        investigate,
    )

    with plain_words(), closing(Session.read().client()) as client:
        say("调取资料……")
        facts, unread = gather(client, campaign_of(campaign), purpose)
        if not facts.intake.nominations:
            raise NotAsExpected(f"{campaign} 没有可查的申报，请核对文号或编号。")
        for service, why in unread.items():
            say(f"{SERVICE_TITLES[service]}服务没有提供资料，相应疑点未查：{why}")
        say(f"查阅{len(facts.intake.nominations)}件申报……")
        report = hand_over(client, facts, investigate(facts), unread, out)
    if as_json:
        typer.echo(json.dumps(report, ensure_ascii=False))
        return
    for one in report["findings"]:
        typer.echo(f"{GRADES[one['grade']]}  {TITLES[one['kind']]}  {one['words']}")
    typer.echo(f"已写入 {out}")
