"""The four conditions, of which one at least is claimed (S11–S22).

What only people can judge (S12–S15, S17, S20) is theirs; here stands what data can show.
"""

from collections.abc import Iterator

from services.intake.rules.case import Case, at_least, error, warning
from shared.contracts.intake import Finding
from shared.contracts.submission import AREAS, Form, Honour
from shared.formats.qualifications import TECHNICIAN

HONOUR_KINDS = frozenset({"model_worker", "technical_expert", "gold_blue_collar"})
HONOUR_TITLES = ("劳动模范", "劳模", "浙江省技术能手", "金蓝领")
PATENT_AWARD = "中国专利奖"
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
    placed = wins(honour_at(case.form, claim.contest)) and is_technician(case.form)
    if not placed and not is_recognised(honour_at(case.form, claim.honour)):
        yield error(
            "S16",
            "申报第二项条件，须获市级以上技能大赛前3名并具有技师级以上职业资格，"
            "或获市级以上劳模、浙江省技术能手、金蓝领等荣誉称号。",
        )


def wins(contest: Honour | None) -> bool:
    """Whether it is one of the first three places of a contest of a city or higher (S16)."""
    return (
        contest is not None
        and contest.kind == "skills_contest"
        and at_least(contest.level, "city")
        and contest.rank is not None
        and 1 <= contest.rank <= LAST_PLACE
    )


def is_technician(form: Form) -> bool:
    """Whether the qualification is that of a technician or higher (S16): a lower number."""
    qualification = form.vocational_qualification
    return (
        qualification is not None
        and qualification.level is not None
        and 1 <= qualification.level <= TECHNICIAN
    )


def is_recognised(honour: Honour | None) -> bool:
    """Whether it is one of the named honours, of a city or higher (S16).

    Others need the decision of a person that they are equal.
    """
    return (
        honour is not None
        and at_least(honour.level, "city")
        and (honour.kind in HONOUR_KINDS or any(title in honour.title for title in HONOUR_TITLES))
    )


def team_leader(case: Case) -> Iterator[Finding]:
    """C3: S18, an innovation award won as the leader; S19, apprentices on record."""
    if "C3" not in case.data.claimed_conditions or (claim := case.form.claims.C3) is None:
        return
    award = honour_at(case.form, claim.innovation_award)
    if (
        award is None
        or award.kind != "innovation_award"
        or not at_least(award.level, "city")
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
    if (
        award is None
        or award.kind != "patent_award"
        or award.level != "national"
        or PATENT_AWARD not in award.title
    ):
        yield error("S21", "申报第四项条件，须获得国家级专利技术成果奖（中国专利奖）。")
    if not any(
        at_least(project.level, "city") and project.role.strip() for project in claim.projects
    ):
        yield error("S22", "申报第四项条件，须在国家、省或市重点项目中担任角色。")


RULES = (claimed, technique, leading_skill, team_leader, excellence)
