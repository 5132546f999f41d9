"""The wire samples, and how a test changes one: `sample("good-2", {"form.sex": "男"})`."""

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from services.intake.findings import Findings, judge
from services.intake.publishers import Publisher, Registry, registry
from shared.contracts.campaign import CampaignConfiguration
from shared.contracts.ids import campaign_id
from shared.contracts.submission import NominationSubmitted

ROOT = Path(__file__).parents[2]
CONFIGURATION = CampaignConfiguration.model_validate_json(
    (ROOT / "deploy/campaigns/2019.json").read_bytes()
)
CAMPAIGN_ID = campaign_id(CONFIGURATION.document_number)
REGISTRY: Registry = registry((ROOT / "deploy/publishers.json").read_bytes())
IN_TIME = datetime.fromisoformat("2019-12-10T17:00:00+08:00")
MISSING = object()


@cache
def expected() -> dict[str, Any]:
    """What each sample must meet."""
    read: dict[str, Any] = json.loads((ROOT / "deploy/samples/expected.json").read_bytes())
    return read


@cache
def _event(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((ROOT / f"deploy/samples/{name}.json").read_bytes())
    return read


def event(name: str, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The CloudEvent of a sample, with changes to its data by dotted path."""
    made = deepcopy(_event(name))
    for path, value in (changes or {}).items():
        *parents, last = path.split(".")
        place: Any = made["data"]
        for step in parents:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if value is MISSING:
            del place[int(last) if isinstance(place, list) else last]
        else:
            place[int(last) if isinstance(place, list) else last] = value
    return made


def publisher_of(name: str) -> Publisher:
    """Who sends a sample."""
    source = _event(name)["source"]
    return next(one for one in REGISTRY.values() if source in one.sources)


def sample(name: str, changes: Mapping[str, Any] | None = None) -> NominationSubmitted:
    """The data of a sample, with changes by dotted path."""
    return NominationSubmitted.model_validate(event(name, changes)["data"])


def judged(
    name: str,
    changes: Mapping[str, Any] | None = None,
    *,
    at: datetime = IN_TIME,
    configuration: CampaignConfiguration | None = CONFIGURATION,
    publisher: Publisher | None = None,
    rehearsal: bool = True,
) -> Findings:
    """What the rules say of a sample with these changes."""
    return judge(
        sample(name, changes),
        publisher or publisher_of(name),
        configuration,
        at,
        rehearsal=rehearsal,
    )


def rules(findings: Findings, severity: str) -> list[str]:
    """The rules that found something of this severity."""
    return [finding.rule for finding in findings.found if finding.severity == severity]
