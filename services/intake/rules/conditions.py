"""The four conditions, of which one at least is claimed (S11–S22).

What only people can judge is theirs, at the pre-review (prereview.py): whether a technique is
irreplaceable or a method recognised (S12), the person's weight in the trade (S13), skill that
leads (S15), solving and helping (S17), quality and contribution (S20). Here stands what data show.
How the notice is read where it leaves room, the campaign says (A4–A7).
"""

from collections.abc import Iterator

from services.intake.prereview import OpenClause
from services.intake.rules.case import Case, at_least, error, warning
from shared.contracts.ids import campaign_id
from shared.contracts.intake import Finding
from shared.contracts.submission import AREAS, Form, Honour
from shared.formats.qualifications import TECHNICIAN, level_of

HONOUR_KINDS = frozenset({"model_worker", "technical_expert", "gold_blue_collar"})
HONOUR_TITLES = ("劳动模范", "劳模", "浙江省技术能手", "金蓝领")
LAST_PLACE = 3


def honour_at(form: Form, index: int | None) -> Honour | None:
    """The honour that a claim points to, if there is one."""
    return form.honours[index] if index is not None and index < len(form.honours) else None


def claimed(case: Case) -> Iterator[Finding]:
    """S11."""
    if not case.data.claimed_conditions:
        yield error("S11", "须至少申报四项条件之一。")


def technique(case: Case) -> Iterator[Finding]:
    """C1: S12, and S14 with A4."""
    if "C1" not in case.data.claimed_conditions or (claim := case.form.claims.C1) is None:
        return
    if claim.master_technique is None and claim.operating_method is None:
        yield warning("S12", "申报第一项条件，未填写绝技高招或先进操作法。")
    areas = {area.area for area in claim.areas}
    if case.configuration.all_listed_areas and not areas.issuperset(AREAS):
        yield error("S14", "申报第一项条件，须在所列四个方面均有成绩。")
    elif not areas:
        yield warning("S14", "申报第一项条件，未填写四个方面中任何一个方面的项目。")


def leading_skill(case: Case) -> Iterator[Finding]:
    """C2: S16 with A6, a placing together with a qualification, or an honour."""
    if "C2" not in case.data.claimed_conditions or (claim := case.form.claims.C2) is None:
        return
    lowest = case.configuration.readings.lowest_city_level
    placed = wins(honour_at(case.form, claim.contest), lowest) and is_technician(case)
    honour = honour_at(case.form, claim.honour)
    if placed or is_recognised(honour, lowest):
        return
    if is_equal(case, "S16", honour):
        yield warning("S16", "所获荣誉称号按本次评选已有的等同认定计入第二项条件，请核对。")
        return
    yield error(
        "S16",
        "申报第二项条件，须获市级以上技能大赛前3名并具有技师级以上职业资格，"
        "或获市级以上劳模、浙江省技术能手、金蓝领等荣誉称号。",
    )


def wins(contest: Honour | None, lowest: str) -> bool:
    """Whether it is one of the first three places of a contest of a city or higher (S16)."""
    return (
        contest is not None
        and contest.kind == "skills_contest"
        and at_least(contest.level, lowest)
        and contest.rank is not None
        and 1 <= contest.rank <= LAST_PLACE
    )


def is_technician(case: Case) -> bool:
    """Whether the qualification is that of a technician or higher (S16): a lower number.

    A certificate of skill level is one, if the campaign reads the notice so (A7).
    """
    qualification = case.form.vocational_qualification
    return (
        qualification is not None
        and qualification.level is not None
        and 1 <= qualification.level <= TECHNICIAN
        and (
            case.configuration.readings.skill_level_certificates
            or not is_skill_level(qualification.certificate_number)
        )
    )


def is_skill_level(certificate: str) -> bool:
    """Whether its number is that of a certificate of skill level (A7): it tells the level."""
    return level_of(certificate) is not None


def is_recognised(honour: Honour | None, lowest: str) -> bool:
    """Whether it is one of the named honours, of a city or higher (S16).

    Others need the decision of a person that they are equal (A5, `is_equal`).
    """
    return (
        honour is not None
        and at_least(honour.level, lowest)
        and (honour.kind in HONOUR_KINDS or any(title in honour.title for title in HONOUR_TITLES))
    )


def is_equal(case: Case, clause: OpenClause, honour: Honour | None) -> bool:
    """Whether the campaign has decided that this award counts for the clause as well (A5)."""
    if honour is None:
        return False
    campaign = campaign_id(case.configuration.document_number)
    return case.precedents.equal(campaign, clause, honour.title, honour.issuer) is not None


def team_leader(case: Case) -> Iterator[Finding]:
    """C3: S18 with A6, an innovation award won as the leader; S19, apprentices on record."""
    if "C3" not in case.data.claimed_conditions or (claim := case.form.claims.C3) is None:
        return
    award = honour_at(case.form, claim.innovation_award)
    if (
        award is None
        or award.kind != "innovation_award"
        or not at_least(award.level, case.configuration.readings.lowest_city_level)
        or not claim.lead
    ):
        yield error("S18", "申报第三项条件，须领衔的研究成果获得市级及以上技术创新成果奖。")
    if not claim.apprentices or not claim.materials:
        yield error("S19", "申报第三项条件，须有带徒记录（师徒协议或技能大师工作室文件）。")


def excellence(case: Case) -> Iterator[Finding]:
    """C4: S21 with A5, a national patent award; S22, a part in a key project."""
    if "C4" not in case.data.claimed_conditions or (claim := case.form.claims.C4) is None:
        return
    award = honour_at(case.form, claim.patent_award)
    accepted = case.configuration.readings.patent_awards
    if is_patent_award(award, accepted):
        pass
    elif is_equal(case, "S21", award):
        yield warning("S21", "所获奖项按本次评选已有的等同认定计入第四项条件，请核对。")
    else:
        named = "、".join(accepted) or "须由办公室认定"
        yield error("S21", f"申报第四项条件，须获得国家级专利技术成果奖（{named}）。")
    if not any(
        at_least(project.level, "city") and project.role.strip() for project in claim.projects
    ):
        yield error("S22", "申报第四项条件，须在国家、省或市重点项目中担任角色。")


def is_patent_award(award: Honour | None, accepted: tuple[str, ...]) -> bool:
    """Whether it is a national award that the campaign accepts without a decision (A5)."""
    return (
        award is not None
        and award.kind == "patent_award"
        and award.level == "national"
        and any(title in award.title for title in accepted)
    )


RULES = (claimed, technique, leading_skill, team_leader, excellence)
