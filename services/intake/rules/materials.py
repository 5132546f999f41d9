"""The evidence: complete, original presented, and behind every claim (S30, S31, S44, S65)."""

from collections.abc import Iterator

from services.intake.rules.case import Case, error
from services.intake.rules.conditions import honour_at
from shared.contracts.intake import Condition, Finding
from shared.contracts.submission import FORM_TITLE, MATERIALS, MaterialKind
from shared.formats import patents

REQUIRED: tuple[MaterialKind, ...] = (
    "recommendation_form",
    "deeds_statement",
    "identity_card",
    "graduation_certificate",
    "service_years_proof",
)


def complete(case: Case) -> Iterator[Finding]:
    """S30: the five kinds that everybody hands in, each piece under an id of its own."""
    present = {material.kind for material in case.data.materials}
    if missing := [MATERIALS[kind] for kind in REQUIRED if kind not in present]:
        yield error("S30", f"申报材料不全，缺少：{'、'.join(missing)}。")
    if len({material.id for material in case.data.materials}) < len(case.data.materials):
        yield error("S30", "申报材料的编号重复。")


def blanks_are_proven(case: Case) -> Iterator[Finding]:
    """S30: a qualification, honour or patent on the form has its certificate."""
    kinds = {material.id: material.kind for material in case.data.materials}
    form = case.form
    qualification = form.vocational_qualification
    if (
        qualification is not None
        and kinds.get(qualification.material) != "qualification_certificate"
    ):
        yield error("S30", "填报的职业资格没有对应的职业资格证书材料。")
    if any(kinds.get(honour.material) != "honour_certificate" for honour in form.honours):
        yield error("S30", "填报的荣誉和奖励没有对应的表彰奖励材料。")
    if any(kinds.get(patent.material) != "patent_certificate" for patent in form.patents):
        yield error("S30", "填报的专利没有对应的发明专利材料。")


def claims_are_proven(case: Case) -> Iterator[Finding]:
    """S30: every claimed condition is described, and every part of it has its material."""
    ids = {material.id for material in case.data.materials}
    for condition in dict.fromkeys(case.data.claimed_conditions):
        evidence = evidence_for(case, condition)
        if not evidence or not ids.issuperset(evidence):
            yield error("S30", f"申报的条件{condition}没有填写完整或没有对应的证明材料。")


def evidence_for(case: Case, condition: Condition) -> list[str]:
    """The ids of the materials that a claim refers to; an empty id where one is missing."""
    claims = case.form.claims
    match condition:
        case "C1" if claims.C1 is not None:
            parts = (claims.C1.master_technique, claims.C1.operating_method, *claims.C1.areas)
            return [part.material for part in parts if part is not None]
        case "C2" if claims.C2 is not None:
            return _honoured(case, claims.C2.contest, claims.C2.honour)
        case "C3" if claims.C3 is not None:
            award = _honoured(case, claims.C3.innovation_award)
            return [*award, *(claims.C3.materials or ("",))]
        case "C4" if claims.C4 is not None:
            projects = (project.material for project in claims.C4.projects)
            return [*_honoured(case, claims.C4.patent_award), *projects]
        case _:
            return []


def _honoured(case: Case, *indices: int | None) -> list[str]:
    honours = [honour_at(case.form, index) for index in indices if index is not None]
    return [honour.material if honour is not None else "" for honour in honours]


def originals(case: Case) -> Iterator[Finding]:
    """S31: a copy is kept, the original is shown."""
    unseen = dict.fromkeys(
        MATERIALS[material.kind]
        for material in case.data.materials
        if not material.original_presented
    )
    if unseen:
        yield error("S31", f"尚未出示原件：{'、'.join(unseen)}。")


def form_title(case: Case) -> Iterator[Finding]:
    """S44: the form is the notice's own."""
    if any(
        material.kind == "recommendation_form" and material.title.strip("《》 ") != FORM_TITLE
        for material in case.data.materials
    ):
        yield error("S44", f"推荐表的表名须为《{FORM_TITLE}》。")


def inventions(case: Case) -> Iterator[Finding]:
    """S65: granted inventions, with numbers that check."""
    for place, listed in enumerate(case.form.patents, 1):
        patent = patents.read(listed.number)
        if patent is None:
            yield error("S65", f"第{place}项专利号的格式不正确，应如ZL201710601862.3。")
            continue
        if not patent.checks:
            yield error("S65", f"第{place}项专利号的校验位不正确。")
        if not patent.is_invention:
            yield error("S65", f"第{place}项专利不是发明专利（种类须为1或8）。")


RULES = (complete, blanks_are_proven, claims_are_proven, originals, form_title, inventions)
