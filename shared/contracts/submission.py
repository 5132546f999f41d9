"""What other systems send: the data of `gongjiang.nomination.submitted.v1`, and of what follows.

`…corrected.v1` answers a request to mend named fields, `…withdrawn.v1` takes a nomination back.

The form as it was filled in: a blank left empty is "", null or missing alike, and the rules say
what that means. Only what cannot be a form at all (a number in place of a text, a field that
nobody declared) fails here. Field names are normative.

Of the values in this module, only units, codes of kinds and levels, and digests of materials may
be stored in plaintext.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field

from shared.contracts.intake import Condition, Organisation
from shared.messages import Message

TYPE = "gongjiang.nomination.submitted.v1"
"""The CloudEvents type."""

CORRECTED = "gongjiang.nomination.corrected.v1"
WITHDRAWN = "gongjiang.nomination.withdrawn.v1"

COMMITMENT = "本人参加港区工匠评选，承诺所申报的所有材料属实；如有虚假之处，本人承担一切责任。"
"""S67, byte by byte."""

OPINION = (
    "本单位现推荐{name}同志参加港区工匠评选，"
    "该同志所申报的所有情况属实；如有虚假之处，本单位承担一切责任。"
)
"""S68, with its blank."""

FORM_TITLE = "嘉兴港区“港区工匠”评选推荐表"
"""S44."""

LEVELS = ("employer", "township", "county", "city", "province", "national")
"""Who gave an honour or ordered a project, upwards; `city` is a city with districts (A6)."""

AREAS = (
    "technical_renovation",
    "imported_technology",
    "key_technical_problem",
    "major_safety_hazard",
)
"""The four areas of S14."""

BLANKS: Mapping[str, str] = {
    "sex": "性别",
    "household_registration": "户籍",
    "photo_sha256": "登记照",
    "education": "学历",
    "specialty": "从事专业",
    "years_in_trade": "本工种年限",
    "industry": "归口行业",
    "technical_title": "技术职称及等级",
    "vocational_qualification": "职业资格及等级",
    "employer": "工作单位",
    "years_in_port_area": "在港区工作年限",
    "mobile": "手机",
    "postal_address": "通信地址",
    "office_phone": "办公电话",
    "email": "电子邮箱",
    "career": "工作简历",
    "honours": "荣誉和奖励",
    "patents": "发明专利",
    "achievements": "主要业绩、成果和贡献",
    "claims": "申报条件说明",
    "applicant_commitment": "申报人承诺",
    "recommender_opinion": "推荐单位意见",
    "materials": "证明材料",
}
"""The fields of a form that may be corrected, and the materials, as people call them (S31)."""

MaterialKind = Literal[
    "recommendation_form",
    "deeds_statement",
    "identity_card",
    "graduation_certificate",
    "service_years_proof",
    "qualification_certificate",
    "patent_certificate",
    "honour_certificate",
    "achievement_proof",
]
"""The nine kinds of S30, in its order."""

MATERIALS: Mapping[MaterialKind, str] = {
    "recommendation_form": "推荐表",
    "deeds_statement": "先进事迹材料",
    "identity_card": "身份证",
    "graduation_certificate": "毕业证书",
    "service_years_proof": "岗位从业年限证明",
    "qualification_certificate": "职业资格证书",
    "patent_certificate": "发明专利证书",
    "honour_certificate": "表彰奖励证书",
    "achievement_proof": "技术成果等证明材料",
}
"""What they are called."""


LONGEST_LIFE = 150


def _empty_for_null(value: Any) -> Any:
    return "" if value is None else value


Blank = Annotated[str, BeforeValidator(_empty_for_null)]


Day = date


class Unit(Message):
    """A unit as the form names it."""

    name: Blank = ""
    uscc: Blank = ""

    @property
    def organisation(self) -> Organisation:
        """The same as our services name it."""
        return Organisation(name=self.name, uscc=self.uscc)


class Industry(Message):
    """归口行业 (S53)."""

    code: Blank = ""
    name: Blank = ""


class TechnicalTitle(Message):
    """技术职称及等级 (S54)."""

    name: Blank = ""
    level: Blank = ""


class Qualification(Message):
    """职业资格及等级 (S55)."""

    occupation: Blank = ""
    level: int | None = None
    certificate_number: Blank = ""
    material: Blank = ""


class Post(Message):
    """One line of the career 工作简历 (S63)."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    since: Day = Field(alias="from")
    until: Day | None = Field(default=None, alias="to")
    employer: Blank = ""
    post: Blank = ""
    in_port_area: bool = False
    skilled_post: bool = False


class Honour(Message):
    """One honour or award (S64).

    Kinds that the conditions speak of: skills_contest, model_worker, technical_expert,
    gold_blue_collar, innovation_award, patent_award. The list is open (S16).
    """

    title: Blank = ""
    issuer: Blank = ""
    level: Blank = ""
    kind: Blank = ""
    date: Day | None = None
    rank: int | None = None
    material: Blank = ""


class Patent(Message):
    """One patent (S65)."""

    title: Blank = ""
    number: Blank = ""
    material: Blank = ""


class Technique(Message):
    """绝技高招 (S12)."""

    name: Blank = ""
    description: Blank = ""
    material: Blank = ""


class OperatingMethod(Message):
    """先进操作法, and who recognised it (S12)."""

    name: Blank = ""
    recognised_by: Blank = ""
    date: Day | None = None
    material: Blank = ""


class AreaProject(Message):
    """A dated project in one of the four areas (S14)."""

    area: Blank = ""
    project: Blank = ""
    date: Day | None = None
    material: Blank = ""


class KeyProject(Message):
    """A key project of state, province or city (S22)."""

    name: Blank = ""
    level: Blank = ""
    kind: Blank = ""
    role: Blank = ""
    material: Blank = ""


class ClaimC1(Message):
    """Condition 1 (S12–S14)."""

    master_technique: Technique | None = None
    operating_method: OperatingMethod | None = None
    areas: tuple[AreaProject, ...] = ()


class ClaimC2(Message):
    """Condition 2 (S15, S16): indices into the honours."""

    contest: int | None = Field(default=None, ge=0)
    honour: int | None = Field(default=None, ge=0)


class ClaimC3(Message):
    """Condition 3 (S17–S19): the award as an index into the honours."""

    innovation_award: int | None = Field(default=None, ge=0)
    lead: bool = False
    apprentices: int | None = Field(default=None, ge=0)
    studio: Blank = ""
    materials: tuple[str, ...] = ()


class ClaimC4(Message):
    """Condition 4 (S20–S22): the award as an index into the honours."""

    patent_award: int | None = Field(default=None, ge=0)
    projects: tuple[KeyProject, ...] = ()


class Claims(Message):
    """The details of each condition that is claimed."""

    C1: ClaimC1 | None = None
    C2: ClaimC2 | None = None
    C3: ClaimC3 | None = None
    C4: ClaimC4 | None = None


class Commitment(Message):
    """申报人自荐承诺 (S67)."""

    text: Blank = ""
    signed_by: Blank = ""
    date: Day | None = None


class Opinion(Message):
    """推荐单位意见 (S68), how the unit chose (S27) and its own review (S42)."""

    text: Blank = ""
    sealed: bool = False
    signed_by: Blank = ""
    date: Day | None = None
    selection_method: Blank = ""
    reviewed_by: Blank = ""
    reviewed_on: Day | None = None


class Form(Message):
    """《嘉兴港区“港区工匠”评选推荐表》 (S44–S68)."""

    name: Blank = ""
    sex: Blank = ""
    household_registration: Blank = ""
    photo_sha256: Blank = ""
    id_number: Blank = ""
    education: Blank = ""
    specialty: Blank = ""
    years_in_trade: int | None = Field(default=None, ge=0, le=LONGEST_LIFE)
    industry: Industry = Industry()
    technical_title: TechnicalTitle | None = None
    vocational_qualification: Qualification | None = None
    employer: Unit = Unit()
    years_in_port_area: int | None = Field(default=None, ge=0, le=LONGEST_LIFE)
    mobile: Blank = ""
    postal_address: Blank = ""
    office_phone: Blank = ""
    email: Blank = ""
    career: tuple[Post, ...] = ()
    honours: tuple[Honour, ...] = ()
    patents: tuple[Patent, ...] = ()
    achievements: Blank = ""
    claims: Claims = Claims()
    applicant_commitment: Commitment = Commitment()
    recommender_opinion: Opinion = Opinion()


class Material(Message):
    """One piece of evidence (S30); whether its original was presented (S31)."""

    id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")
    kind: MaterialKind
    title: Blank = ""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    media_type: str = Field(pattern=r"^[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,64}$")
    original_presented: bool = False


class NominationSubmitted(Message):
    """A whole nomination. `paper_received_at` is null where our own desk will record it."""

    campaign: Blank = ""
    channel: Blank = ""
    recommender: Unit = Unit()
    claimed_conditions: tuple[Condition, ...] = ()
    form: Form = Form()
    materials: tuple[Material, ...] = ()
    paper_received_at: AwareDatetime | None = None


class CorrectionSubmitted(Message):
    """补正: the fields of the form that the office named, and no other; materials are added, or
    replace those with the same id."""

    nomination_id: UUID
    form: Form = Form()
    materials: tuple[Material, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """What was sent, in the order of the form."""
        named = [name for name in Form.model_fields if name in self.form.model_fields_set]
        return (*named, *(["materials"] if self.materials else []))


class WithdrawalSubmitted(Message):
    """撤回: by the applicant or by the unit that nominated, signed. Why is nobody's business."""

    nomination_id: UUID
    by: Literal["applicant", "recommender"]
    signed_by: str = Field(min_length=1, max_length=100)
    date: Day
