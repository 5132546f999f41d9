"""The official texts of publicity: notices, results, cancellations, decisions, revocations. Pure.

Each is made from the tables as they stand, every time it is read: a name that has left the tables
is in no text any more. Names and other released fields are escaped by the templates.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.publicity.objecting import Outcome
from services.publicity.picture import Departure, Honour, Listed, Notice, Withdrawn
from shared.calendar import BEIJING, beijing_date
from shared.contracts.campaign import CampaignConfiguration, NoticePeriod

ADDRESSEES = "乍浦镇，各企事业单位"
"""To whom the notice of the selection is sent (主送, S3)."""

PURPOSE = "选树岗位技术创新和技术成才的榜样"
"""What the selection is for (S5): shown, and nothing is decided by it."""

DUTIES = "各单位要加强组织领导，做好宣传、发掘、选拔、推荐、上报各环节工作，广泛宣传发动。"
"""What the units are asked to do (S41): shown, and nothing is decided by it."""

DEPARTURES: dict[Departure, str] = {
    "disqualified": "因弄虚作假查实，已于{day}取消评选申报资格并从本名单中撤下",
    "withdrawn": "已于{day}撤回申报，从本名单中移出",
    "merged": "已于{day}并入同一人的另一项申报，从本名单中移出",
    "ineligible": "经核查不符合评选条件，已于{day}从本名单中移出",
    "vetoed": "因有一票否决情形，已于{day}从本名单中移出",
    "corrected": "公示内容有更正，已于{day}另行再次公示",
}
"""How a notice says why somebody is not on it any more (S43, P6, P7, P9)."""

OUTCOMES: dict[Outcome | None, str] = {
    "unfounded": "不成立",
    "immaterial": "成立但不影响评选结果",
    "ineligible": "成立且不符合条件，已移出名单",
    "fraud": "成立且属弄虚作假，已取消评选申报资格",
    "withdrawn": "反映人撤回",
    None: "正在核查",
}
"""P6: what became of an objection, and never of whom it came (P4)."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text for the public: HTML of the body, and one sentence that says what it is."""

    title: str
    summary: str
    html: Markup


def chinese_date(day: date) -> str:
    """Such as 2019年12月23日."""
    return f"{day.year}年{day.month}月{day.day}日"


def beijing_day(at: datetime) -> str:
    """The Chinese date of a moment in Beijing."""
    return chinese_date(beijing_date(at))


def beijing_minute(at: datetime) -> str:
    """Such as 2019-12-23 09:00, Beijing time without a zone, as the portals' meta tags have it."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def period_in_words(period: NoticePeriod) -> str:
    """Such as 5个工作日 (P1)."""
    return f"{period.days}个{'工作日' if period.unit == 'working_days' else '自然日'}"


def people_in_words(entries: Sequence[Listed]) -> str:
    """Such as 测试甲等3名同志; one person is named without a number."""
    first = entries[0].name
    return f"{first}同志" if len(entries) == 1 else f"{first}等{len(entries)}名同志"


def departure_in_words(one: Withdrawn) -> str:
    """Why, and since when, a nomination is not on a notice any more."""
    return DEPARTURES[one.reason].format(day=beijing_day(one.at))


def objections_in_words(outcomes: Sequence[Outcome | None]) -> str:
    """S71: 无异议, or how many there were and what became of them."""
    if not outcomes:
        return "无异议"
    counted = ((text, outcomes.count(outcome)) for outcome, text in OUTCOMES.items())
    told = "；".join(f"{text}{count}件" for text, count in counted if count)
    return f"有异议{len(outcomes)}件，处理结果：{told}"


def title_of(campaign: CampaignConfiguration, notice: Notice) -> str:
    """The title of the first notice, or of one that posts again what has changed (P6)."""
    again = "" if notice.earlier is None else "再次"
    return f"关于“{campaign.honour}”评选结果的{again}公示"


def texts() -> Environment:
    """The templates of this service with what they need; undefined names are errors."""
    environment = Environment(
        loader=PackageLoader("services.publicity"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment


FILTERS: dict[str, Callable[..., object]] = {
    "chinese_date": chinese_date,
    "beijing_day": beijing_day,
    "beijing_minute": beijing_minute,
    "period_in_words": period_in_words,
    "people_in_words": people_in_words,
    "departure_in_words": departure_in_words,
    "objections_in_words": objections_in_words,
}

_TEXTS = texts()


def notice_document(
    campaign: CampaignConfiguration, notice: Notice, *, on_paper: bool = False
) -> Document:
    """The public notice in its official form (S38, P2), without whoever was taken off it.

    On paper the list is an attachment, on a page of its own behind the sign-off.
    """
    return Document(
        title=title_of(campaign, notice),
        summary=(
            f"公示时间：{chinese_date(notice.opens_on)}至{chinese_date(notice.closes_on)}"
            f"（{period_in_words(campaign.notice)}），名单共{len(notice.entries)}人。"
        ),
        html=_html("document_notice.html", campaign=campaign, notice=notice, on_paper=on_paper),
    )


def call_document(campaign: CampaignConfiguration) -> Document:
    """The notice that called for nominations, in full (S4)."""
    return Document(
        title=f"{campaign.bodies.issuer}{campaign.title}",
        summary=f"申报材料于{beijing_day(campaign.deadline)}前报送；评选“{campaign.honour}”。",
        html=_html("document_call.html", campaign=campaign, addressees=ADDRESSEES),
    )


def result_document(campaign: CampaignConfiguration, notice: Notice) -> Document:
    """That the window ended, who is still on the list, by name and unit alone (P3), and what became
    of the objections (S71)."""
    return Document(
        title=f"关于“{campaign.honour}”评选公示结果的通告",
        summary=(
            f"公示期于{chinese_date(notice.closes_on)}届满，名单尚有{len(notice.entries)}人；"
            f"{objections_in_words(notice.objections)}。"
        ),
        html=_html("document_result.html", campaign=campaign, notice=notice),
    )


def cancellation_document(
    campaign: CampaignConfiguration, notice: Notice, withdrawn: Withdrawn
) -> Document:
    """That a nomination was cancelled (S43).

    Practice names the person, the unit and a short reason here. This text names neither person
    nor unit: from the cancellation on, the name is to be found nowhere on the portal, and the
    unit would betray it. It refers to the nomination by its number, and says what the rule says.
    """
    return Document(
        title="关于取消一名推荐人选评选申报资格的公告",
        summary=f"推荐编号{withdrawn.nomination_id}已取消评选申报资格，并从公示名单中撤下。",
        html=_html(
            "document_cancellation.html", campaign=campaign, notice=notice, withdrawn=withdrawn
        ),
    )


def extension_document(
    campaign: CampaignConfiguration, notice: Notice, closes_on: date
) -> Document:
    """更正: that the notice stays up longer, until when and why (P1)."""
    extensions = [one for one in notice.extensions if one.closes_on == closes_on]
    return Document(
        title=f"关于顺延“{campaign.honour}”评选结果公示期的公告",
        summary=f"公示期顺延至{chinese_date(notice.closes_on)}。",
        html=_html(
            "document_extension.html", campaign=campaign, notice=notice, extensions=extensions
        ),
    )


def removal_document(
    campaign: CampaignConfiguration, notice: Notice, removed: Withdrawn
) -> Document:
    """更正: that a nomination is not on the notice any more, without fraud (P6, P7, P9).

    It names neither person nor unit, as the cancellation does not.
    """
    return Document(
        title=f"关于更正“{campaign.honour}”评选结果公示名单的公告",
        summary=f"推荐编号{removed.nomination_id}{departure_in_words(removed)}。",
        html=_html("document_removal.html", campaign=campaign, notice=notice, removed=removed),
    )


def revocation_document(campaign: CampaignConfiguration, honour: Honour) -> Document:
    """The decision by which the conferring body took the title back (P15), or its correction.

    It names whom the decision that conferred the title named, and no reason.
    """
    return Document(
        title=f"关于撤销“{campaign.honour}”荣誉称号的决定"
        if honour.correction_number is None
        else f"关于纠正撤销“{campaign.honour}”荣誉称号决定的公告",
        summary=f"{honour.revocation_number}：撤销{honour.name}同志的荣誉称号。"
        if honour.correction_number is None
        else f"{honour.revocation_number}已由{honour.correction_number}纠正。",
        html=_html("document_revocation.html", campaign=campaign, honour=honour),
    )


def decision_document(campaign: CampaignConfiguration, honours: Sequence[Honour]) -> Document:
    """The decision by which the committee conferred the title (S40, P14), with the list."""
    number = honours[0].decision_number
    return Document(
        title=f"关于授予“{campaign.honour}”荣誉称号的决定",
        summary=f"{number}：授予{len(honours)}名同志“{campaign.honour}”荣誉称号。",
        html=_html("document_decision.html", campaign=campaign, number=number, honours=honours),
    )


def by_decision(honours: Sequence[Honour]) -> dict[str, tuple[Honour, ...]]:
    """Honours by the number of the decision that conferred them, in the order given."""
    decisions: dict[str, list[Honour]] = {}
    for honour in honours:
        decisions.setdefault(honour.decision_number, []).append(honour)
    return {number: tuple(conferred) for number, conferred in decisions.items()}


def _html(template: str, **values: object) -> Markup:
    return Markup(_TEXTS.get_template(template).render(values))  # noqa: S704 - autoescaped
