"""The nominations as other systems send them: whole CloudEvents, made from the samples."""

import json
from copy import deepcopy
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from deploy.operations.rehearsal.fictional import (
    certificate_number,
    credit_code,
    id_number,
    patent_number,
    wrong,
)
from deploy.operations.rehearsal.plan import Case

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
UNITS = 40
SURNAMES = "测试样例虚构演练"
GIVEN = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
OTHER_SYSTEM = {
    "urn:gongjiang:publisher:zlb": "urn:gongjiang:publisher:rsj",
    "urn:gongjiang:publisher:rsj": "urn:gongjiang:publisher:zlb",
}
EXPERTS_UNIT = {"name": "虚构职业技术学院", "uscc": "12890000MBXXXX22XG"}
EQUAL_HONOUR = {"title": "虚构省首席技师", "issuer": "虚构省人力资源和社会保障厅"}
"""Not named in the notice, and equal by a decision of the office (S16)."""


@cache
def sample(name: str) -> dict[str, Any]:
    """A sample of a nomination."""
    event: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return event


def name_of(person: int) -> str:
    """A name that says that it is none."""
    surname, rest = SURNAMES[person % len(SURNAMES)], person // len(SURNAMES)
    return surname + GIVEN[rest % len(GIVEN)] + GIVEN[rest // len(GIVEN) % len(GIVEN)]


def unit_of(person: int) -> dict[str, str]:
    """One of forty employers."""
    number = person % UNITS
    return {"name": f"虚构港区第{number + 1}企业有限公司", "uscc": credit_code("91", number)}


def event_of(case: Case, campaign: str) -> dict[str, Any]:
    """What the system that nominates this case publishes."""
    match case.arrival:
        case "repeat" if case.twin is not None:
            return event_of(case.twin, campaign)
        case "conflict" if case.twin is not None:
            event = event_of(case.twin, campaign)
            event["data"]["form"]["postal_address"] = f"演练路{case.number}号（虚构）"
            return event
        case "second" if case.twin is not None:
            event = _written(case.number, case.twin.number, campaign, "good-1")
            event["source"] = OTHER_SYSTEM[event["source"]]
            return event
        case "no_award" | "equal":
            event = _written(case.number, case.number, campaign, "good-2")
        case _:
            event = _written(case.number, case.number, campaign, "good-1")
    if case.own_unit:
        _employ(event, EXPERTS_UNIT)
    _arrive(case, event)
    return event


def _written(number: int, person: int, campaign: str, like: str) -> dict[str, Any]:
    """A valid nomination of this person; nothing in it is claimed by anybody else."""
    event = deepcopy(sample(like))
    event["id"] = f"rehearsal-{number}"
    data, form = event["data"], event["data"]["form"]
    data["campaign"] = campaign
    data["paper_received_at"] = "2019-12-05T10:12:00+08:00"
    name = name_of(person)
    form.update(
        name=name,
        sex="男",
        id_number=id_number(person),
        mobile=f"154{person:08}",
        email=f"rehearsal-{person}@example.com",
        photo_sha256=digest(person, "photo"),
    )
    _employ(event, unit_of(person))
    qualification = form["vocational_qualification"]
    qualification["certificate_number"] = certificate_number(number, qualification["level"])
    for patent in form["patents"]:
        patent["number"] = patent_number(number)
    for honour in form["honours"]:
        honour["title"] = f"{honour['title']}（演练{number}）"
    form["applicant_commitment"]["signed_by"] = name
    opinion = form["recommender_opinion"]
    opinion["text"] = opinion["text"].replace(sample(like)["data"]["form"]["name"], name)
    opinion["date"] = opinion["reviewed_on"] = "2019-12-04"
    form["applicant_commitment"]["date"] = "2019-12-02"
    for material in data["materials"]:
        material["sha256"] = digest(number, material["id"])
    return event


def _employ(event: dict[str, Any], unit: dict[str, str]) -> None:
    data = event["data"]
    data["recommender"] = data["form"]["employer"] = dict(unit)
    data["form"]["career"][-1]["employer"] = unit["name"]


def _arrive(case: Case, event: dict[str, Any]) -> None:
    data, form = event["data"], event["data"]["form"]
    match case.arrival:
        case "refused":
            _spoil(case.flaw, data)
        case "short":
            form["career"][-1]["from"] = "2016-12-11"
            form["years_in_port_area"] = 2
        case "no_award":
            form["honours"][0]["rank"] = 4
        case "equal":
            form["honours"][0] = {
                **EQUAL_HONOUR,
                "level": "province",
                "kind": "other",
                "date": str(date(2010 + case.number % 8, 5, 1 + case.number % 28)),
                "rank": None,
                "material": "m7",
            }
            form["claims"]["C2"] = {"contest": None, "honour": 0}
        case "unsighted" | "never_sighted":
            data["materials"][3]["original_presented"] = False
        case "no_paper":
            data["paper_received_at"] = None
        case _:
            pass


def _spoil(flaw: str, data: dict[str, Any]) -> None:
    form = data["form"]
    match flaw:
        case "S46 S49":
            form["id_number"], form["sex"] = wrong(form["id_number"]), "女"
        case "S66":
            form["achievements"] = "技" * 301
        case "S65":
            form["patents"][0]["number"] = form["patents"][0]["number"].replace(
                "ZL20151", "ZL20152"
            )
        case "S68":
            form["recommender_opinion"]["sealed"] = False
        case "S30":
            data["materials"] = [one for one in data["materials"] if one["id"] != "m5"]
        case "S26":
            data["channel"] = "self"
        case "S27":
            form["recommender_opinion"]["selection_method"] = ""
        case "S58":
            form["mobile"] = "0573-00000001"
        case _:
            raise ValueError(flaw)


def digest(number: int, what: str) -> str:
    """The digest of a document that nobody else has."""
    return sha256(f"rehearsal {number} {what}".encode()).hexdigest()
