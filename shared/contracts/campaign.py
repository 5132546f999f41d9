"""The configuration of a campaign: what the notice fixes, and the defaults of A and P."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, Field

from shared.messages import Message

FULL_MARKS = 100
MEMBER_UNITS = ("乍浦镇", "办公室", "人力社保局", "经发局", "财政分局", "总工会")
"""S23: units that belong to the leading group in any case."""


class Fraction(Message):
    """An exact share, decided with integers: `part * whole_count <= of * count`."""

    part: int = Field(ge=0)
    of: int = Field(ge=1)

    def reached(self, count: int, among: int) -> bool:
        """Whether `count` is at least this share of `among`."""
        return count * self.of >= self.part * among


class NoticePeriod(Message):
    """How long the result is posted (P1)."""

    days: int = Field(ge=1)
    unit: Literal["working_days", "days"]
    count_publication_day: bool


class Criterion(Message):
    """One aspect of the score: its weight is its highest mark; weights add up to 100 (P11)."""

    code: str
    title: str
    weight: int = Field(ge=1, le=100)


class Scoring(Message):
    """How experts' marks become a result (P11)."""

    criteria: tuple[Criterion, ...]
    drop_extremes_from: int
    decimals: int
    tie_break: tuple[str, ...]
    pass_mark: Decimal


class Voting(Message):
    """How the leading group decides (P12). Abstentions count as not in favour."""

    quorum: Fraction
    majority: Fraction
    secret: bool


class Bodies(Message):
    """Who does what (S1, S23, S24, S40)."""

    issuer: str
    office: str
    leading_group_chair: str
    leading_group_members: tuple[str, ...]
    conferring_body: str
    receiving_desk: str


class Contact(Message):
    """Where objections go (P2). Fictional in every file of this repository."""

    department: str
    telephone: str
    address: str
    postcode: str
    email: str


class Readings(Message):
    """How the notice is read where it leaves room: A5 (which awards count as a national patent
    award without a decision), A6 (from which level on a city is one), A7 (whether a certificate of
    skill level equals a vocational qualification)."""

    patent_awards: tuple[str, ...] = ("中国专利奖",)
    lowest_city_level: Literal["city", "county"] = "city"
    skill_level_certificates: bool = True


class Entrance(Message):
    """What is asked of those who nominate beside the notice (P18, P19)."""

    unit_notice_required: bool = False
    repeat_winners: Literal["new_merit", "refused"] = "new_merit"


class Corrections(Message):
    """补正: how many working days a named field may be mended in, and how often (S31)."""

    working_days: int = Field(default=5, ge=1, le=60)
    times: int = Field(default=2, ge=0, le=10)


class Judging(Message):
    """When a panel can decide (P11, P13): how many judges must be left after recusal, who decides
    between equals, and by how much the shortlist exceeds the quota."""

    minimum_scores: int = Field(default=1, ge=1, le=99)
    ties: Literal["share", "vote"] = "share"
    differential_percent: int = Field(default=0, ge=0, le=1000)


class Authority(Message):
    """A department that is asked before the approval, and about whom (P8).

    `account` answers for it: the id of the account, and the user on the broker.
    """

    code: str = Field(pattern=r"^[a-z][a-z_]{1,29}$")
    title: str = Field(min_length=1, max_length=50)
    account: str = Field(min_length=1, max_length=100)
    subjects: Literal["everyone", "executives"] = "everyone"


class Veto(Message):
    """One ground that alone rules a nomination out, and the department that tells of it (P9)."""

    code: str = Field(pattern=r"^[a-z][a-z_]{1,29}$")
    title: str = Field(min_length=1, max_length=100)
    authority: str


class Vetting(Message):
    """联审: who is asked, for how many working days one waits, what rules out (P8, P9).

    Without authorities nobody is asked.
    """

    authorities: tuple[Authority, ...] = ()
    working_days: int = Field(default=5, ge=1, le=60)
    vetoes: tuple[Veto, ...] = ()


class Objections(Message):
    """The clocks of an objection, all in working days (P5)."""

    acceptance_days: int = Field(default=2, ge=1, le=60)
    investigation_days: int = Field(default=15, ge=1, le=60)
    extension_days: int = Field(default=15, ge=0, le=60)
    answer_days: int = Field(default=5, ge=1, le=60)


class Places(Message):
    """What happens to a place that falls free (P16): how many wait for one, and whether the first
    of them is moved up by itself."""

    reserve: int = Field(default=0, ge=0)
    promote_reserve: bool = False


class Archives(Message):
    """How many years files are kept (P17); decisions, lists and minutes are kept for ever."""

    nomination_years: int = Field(default=30, ge=1)
    rejected_years: int = Field(default=10, ge=1)


class CampaignConfiguration(Message):
    """Everything a campaign decides before the first pre-review (A8).

    What each field must be beside its own form, and all of them together: `faults`.
    """

    document_number: str = Field(pattern=r"^嘉港区办〔\d{4}〕[1-9]\d*号$")
    title: str
    honour: Literal["港区工匠"]
    issued_on: date
    approval_reference: str
    deadline: AwareDatetime
    base_date: date
    required_years: int = Field(ge=0)
    quota: int = Field(ge=1)
    shortlist_size: int = Field(ge=1)
    reward: str
    bar_years: int = Field(ge=0)
    all_listed_areas: bool
    notice: NoticePeriod
    scoring: Scoring
    voting: Voting
    bodies: Bodies
    contact: Contact
    readings: Readings = Readings()
    entrance: Entrance = Entrance()
    corrections: Corrections = Corrections()
    judging: Judging = Judging()
    vetting: Vetting = Vetting()
    objections: Objections = Objections()
    places: Places = Places()
    archives: Archives = Archives()

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """What contradicts itself or the notice: rule, field, and what would be right."""
        criteria = self.scoring.criteria
        codes = [criterion.code for criterion in criteria]
        if sum(criterion.weight for criterion in criteria) != FULL_MARKS:
            yield "P11", "scoring.criteria", "各项评分权重之和须为100。"
        if len(set(codes)) < len(codes):
            yield "P11", "scoring.criteria", "评分项目的代码不得重复。"
        if not set(self.scoring.tie_break) <= set(codes):
            yield "P11", "scoring.tie_break", "同分时比较的项目须是评分项目之一。"
        if not 0 <= self.scoring.pass_mark <= FULL_MARKS:
            yield "P11", "scoring.pass_mark", "合格分须在0到100之间。"
        if self.shortlist_size < self.quota:
            yield "P13", "shortlist_size", "入围人数不得少于授予名额。"
        least = 100 + self.judging.differential_percent
        if self.shortlist_size * 100 < self.quota * least:
            yield "P13", "shortlist_size", f"入围人数须不少于授予名额的百分之{least}。"
        if self.deadline.date() < self.issued_on:
            yield "S32", "deadline", "报送截止时间不得早于通知的成文日期。"
        if not self.approval_reference.strip():
            yield "P20", "approval_reference", "须填写开展本次评选的批准依据。"
        yield from self._faults_of_vetting()
        yield from self._faults_of_bodies()

    def _faults_of_vetting(self) -> Iterator[tuple[str, str, str]]:
        codes = [authority.code for authority in self.vetting.authorities]
        if len(set(codes)) < len(codes):
            yield "P8", "vetting.authorities", "联审部门的代码不得重复。"
        vetoes = [veto.code for veto in self.vetting.vetoes]
        if len(set(vetoes)) < len(vetoes):
            yield "P9", "vetting.vetoes", "一票否决事项的代码不得重复。"
        if not {veto.authority for veto in self.vetting.vetoes} <= set(codes):
            yield "P9", "vetting.vetoes", "一票否决事项须由所列的联审部门之一提供。"

    def _faults_of_bodies(self) -> Iterator[tuple[str, str, str]]:
        bodies = self.bodies
        if missing := [unit for unit in MEMBER_UNITS if unit not in bodies.leading_group_members]:
            units = "、".join(missing)
            yield "S23", "bodies.leading_group_members", f"领导小组成员单位还须包括{units}。"
        if not bodies.leading_group_chair.strip():
            yield "S23", "bodies.leading_group_chair", "领导小组须有一名组长。"
        apart = (bodies.issuer, bodies.office, bodies.conferring_body)
        if len(set(apart)) < len(apart):
            yield "S1", "bodies", "发文机关、领导小组办公室和授予机关须是不同的机构。"
