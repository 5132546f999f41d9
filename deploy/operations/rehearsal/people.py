"""The nominations as other systems send them: whole CloudEvents, made from the samples."""

import json
from copy import deepcopy
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from deploy.operations.rehearsal.fictional import id_number, wrong
from deploy.operations.rehearsal.lives import TRADES, Award, Job, Life, Unit, birthday_of
from deploy.operations.rehearsal.plan import Case

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SURNAMES = "测试样例虚构演练"
GIVEN = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
OF_UNITS = ("urn:gongjiang:publisher:zlb", "urn:gongjiang:publisher:rsj")
OF_ASSOCIATIONS = "urn:gongjiang:publisher:xcl-association"


@cache
def sample(name: str) -> dict[str, Any]:
    """A sample of a nomination."""
    event: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return event


def name_of(person: int) -> str:
    """A name that says that it is none."""
    surname, rest = SURNAMES[person % len(SURNAMES)], person // len(SURNAMES)
    return surname + GIVEN[rest % len(GIVEN)] + GIVEN[rest // len(GIVEN) % len(GIVEN)]


def event_of(case: Case, campaign: str) -> dict[str, Any]:
    """What the system that nominates this case publishes."""
    match case.arrival:
        case "repeat" if case.twin is not None:
            return event_of(case.twin, campaign)
        case "conflict" if case.twin is not None:
            event = event_of(case.twin, campaign)
            event["data"]["form"]["postal_address"] = f"演练路{case.number}号（虚构）"
            return event
        case _:
            event = _written(case, campaign)
    _arrive(case, event)
    return event


def _written(case: Case, campaign: str) -> dict[str, Any]:
    """A nomination with the file of this person."""
    event, life = deepcopy(sample("good-1")), case.life
    event["id"] = f"rehearsal-{case.number}"
    data, form = event["data"], event["data"]["form"]
    person, name = life.person, name_of(life.person)
    trade, _, industry, industry_name = TRADES[life.trade]
    association = life.recommender.uscc.startswith("51")
    again = case.arrival == "second"
    event["source"] = OF_ASSOCIATIONS if association else OF_UNITS[(person + again) % 2]
    data.update(
        campaign=campaign,
        channel="industry_association" if association else "employer",
        recommender=written(life.recommender),
        paper_received_at="2019-12-05T10:12:00+08:00",
        materials=_materials(case, data["materials"]),
    )
    form.update(
        name=name,
        sex="男",
        id_number=id_number(birthday_of(person)),
        mobile=f"154{person:08}",
        email=f"rehearsal-{person}@example.com",
        photo_sha256=digest(person, "photo"),
        specialty=trade,
        industry={"code": industry, "name": industry_name},
        employer=written(life.unit),
    )
    form.update(said_of(life), achievements=form["achievements"].replace("十四年", "多年"))
    form["claims"] = _claims(life, form["claims"]["C1"])
    data["claimed_conditions"] = [life.condition]
    opinion = form["recommender_opinion"]
    opinion["text"] = opinion["text"].replace("测试甲", name)
    opinion["signed_by"] = life.head
    opinion["date"] = opinion["reviewed_on"] = "2019-12-04"
    form["applicant_commitment"].update(signed_by=name, date="2019-12-02")
    return event


def written(unit: Unit) -> dict[str, str]:
    """A unit as the form names it."""
    return {"name": unit.name, "uscc": unit.uscc}


def said_of(life: Life) -> dict[str, Any]:
    """The blanks of the form that tell of a life; any of them may be corrected."""
    return {
        "career": [_job(job) for job in life.jobs],
        "years_in_trade": life.years_in_trade,
        "years_in_port_area": life.years_in_port_area,
        "honours": [_award(award, f"h{at}") for at, award in enumerate(life.awards, 1)],
        "patents": [
            {"title": title, "number": number, "material": f"p{at}"}
            for at, (title, number) in enumerate(life.patents, 1)
        ],
        "vocational_qualification": {
            "occupation": TRADES[life.trade][0],
            "level": life.level,
            "certificate_number": life.certificate,
            "material": "m6",
        },
    }


def _job(job: Job) -> dict[str, Any]:
    return {
        "from": str(job.since),
        "to": None if job.until is None else str(job.until),
        "employer": job.employer,
        "post": job.post,
        "in_port_area": job.in_port_area,
        "skilled_post": True,
    }


def _award(award: Award, material: str) -> dict[str, Any]:
    return {
        "title": award.title,
        "issuer": award.issuer,
        "level": award.level,
        "kind": award.kind,
        "date": str(award.date),
        "rank": award.rank,
        "material": material,
    }


def _claims(life: Life, technique: dict[str, Any]) -> dict[str, Any]:
    if life.condition == "C1":
        technique["operating_method"]["name"] += f"（演练{life.person}）"
        for area in technique["areas"]:
            area["project"] += f"（演练{life.person}）"
        return {"C1": technique}
    contests = [at for at, award in enumerate(life.awards) if award.kind == "skills_contest"]
    if contests:
        return {"C2": {"contest": contests[0], "honour": None}}
    return {"C2": {"contest": None, "honour": 0}}


def _materials(case: Case, like: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The nine kinds, as far as there is something to prove; each with a digest of its own."""
    life = case.life
    pages = {material["id"]: material for material in like}
    wanted = ["m1", "m2", "m3", "m4", "m5", "m6"] + (["m8", "m9"] if life.condition == "C1" else [])
    materials = [pages[name] for name in wanted]
    for prefix, page, count in (("p", "m7", len(life.patents)), ("h", "m10", len(life.awards))):
        materials += [pages[page] | {"id": f"{prefix}{at}"} for at in range(1, count + 1)]
    for material in materials:
        name = material["id"]
        whose = case.number if name == "m1" else life.person
        material["sha256"] = life.digests.get(name, digest(whose, name))
    for material in materials:
        if material["id"].startswith("h"):
            material["title"] = f"“{life.awards[int(material['id'][1:]) - 1].title}”证书"
    return materials


def _arrive(case: Case, event: dict[str, Any]) -> None:
    data = event["data"]
    match case.arrival:
        case "refused":
            _spoil(case.flaw, data)
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
            number = form["patents"][0]["number"]
            form["patents"][0]["number"] = f"{number[:6]}2{number[7:]}"
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
