"""What publicity prints: announcements as official documents (GB/T 9704), certificates. Pure.

A seal is never drawn: a machine must not make a sheet look as if somebody had stamped it. There is
a box in its place.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from html import unescape
from pathlib import Path
from uuid import UUID

from markupsafe import Markup

from services.publicity import documents
from services.publicity.feeds import Item
from services.publicity.picture import Campaign, Honour, Picture
from services.publicity.stamping import Stamp
from shared.calendar import BEIJING
from shared.web.printing import Sheet, Sheets

SHEETS = Sheets(Path(__file__).parent / "templates", documents.FILTERS)

BY_THE_COMMITTEE = frozenset({"决定", "撤销"})
LONG_NAME = 16
LARGEST_MARK, WIDTH = 42.0, 436.0
"""Points: how large the mark of the issuer may be, and how wide its lines."""

RIGHT_OF_DATE = 4.0
DIGIT = 0.56
"""Characters: what is left free right of a date, and how wide a digit is."""

SIGN_OFF = re.compile(
    r'<div class="sign-off">\s*<p>(?P<body>[^<]*)（公章）</p>\s*'
    r"(?P<dates>(?:<p>[^<]*</p>\s*)+)</div>"
)


def announcement(picture: Picture, item: Item, stamps: Sequence[Stamp] = ()) -> Sheet:
    """An item of the feed on paper: notice, extension, correction, result, decision, cancellation,
    revocation."""
    campaign = picture.campaign(item.campaign_id)
    if campaign is None:
        raise LookupError(item.id)
    bodies = campaign.configuration.bodies
    committee = item.type in BY_THE_COMMITTEE
    return SHEETS.compose(
        "paper_document.html",
        item.document.title,
        document=item.document,
        heading=_heading(item.document.title),
        letter=not committee,
        body=_signed(_body(picture, campaign, item)),
        mark=_mark(bodies.conferring_body + "文件" if committee else bodies.office),
        issuer=bodies.conferring_body if committee else bodies.office,
        number=_number(picture, item),
        addressees=documents.ADDRESSEES if item.type == "决定" else None,
        stamps=stamps,
        created=item.published_at,
        modified=item.updated_at,
    )


def call(campaign: Campaign) -> Sheet:
    """The notice that called for nominations (S4)."""
    configuration = campaign.configuration
    document = documents.call_document(configuration)
    return SHEETS.compose(
        "paper_document.html",
        document.title,
        document=document,
        heading=_heading(document.title),
        letter=False,
        body=_signed(document.html),
        mark=_mark(configuration.bodies.issuer + "文件"),
        issuer=configuration.bodies.issuer,
        number=configuration.document_number,
        addressees=None,
        stamps=(),
        created=_midnight(configuration.issued_on),
        modified=_midnight(configuration.issued_on),
    )


def certificate(campaign: Campaign, honour: Honour, portal_url: str) -> Sheet:
    """The certificate of an honour, with what everybody may know of it (P3, P14)."""
    return SHEETS.compose(
        "paper_certificate.html",
        f"荣誉证书（{honour.certificate_number}）",
        campaign=campaign.configuration,
        honour=honour,
        portal_url=portal_url,
        created=honour.conferred_at,
        modified=honour.conferred_at,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), BEIJING)


def _body(picture: Picture, campaign: Campaign, item: Item) -> Markup:
    """A notice has its list as an attachment behind the sign-off; all else is as it is told."""
    notice = picture.notice(_notice_id(picture, item)) if item.type == "公示" else None
    if notice is None:
        return item.document.html
    return documents.notice_document(campaign.configuration, notice, on_paper=True).html


def _notice_id(picture: Picture, item: Item) -> UUID | None:
    return next(row.notice_id for row in picture.feed if row.item_id == item.id)


def _number(picture: Picture, item: Item) -> str | None:
    """发文字号; a notice has the number of its posting, other announcements have none."""
    row = next(row for row in picture.feed if row.item_id == item.id)
    if item.type == "决定":
        return row.decision_number
    if item.type == "撤销":
        held = (one for one in picture.honours if one.nomination_id == row.nomination_id)
        return next(held).revocation_number
    if item.type == "公示" and (notice := picture.notice(row.notice_id)) is not None:
        return f"公示〔{notice.opens_on.year}〕第{notice.number}号"
    return None


def _mark(name: str) -> tuple[tuple[str, ...], float]:
    """发文机关标志: its lines, and the size in which they fill the width, in points."""
    before, found, after = name.partition("领导小组")
    lines = (before, found + after) if len(name) > LONG_NAME and found and before else (name,)
    return lines, round(min(LARGEST_MARK, WIDTH / max(map(len, lines))), 1)


def _heading(title: str) -> str:
    """A title is broken between words: behind 关于, where an issuer stands before it."""
    issuer, about, matter = title.partition("关于")
    return f"{issuer}{about}\n{matter}" if issuer and about else title


def _signed(html: Markup) -> Markup:
    """The sign-off as GB/T 9704 has it: the date four characters from the right, the body centred
    over it as far as the line allows, and a box where the seal goes."""
    return Markup(SIGN_OFF.sub(_placed, str(html)))  # noqa: S704 - escaped by the templates


def _placed(found: re.Match[str]) -> str:
    dates = re.findall(r"<p>([^<]*)</p>", found["dates"])
    middle = RIGHT_OF_DATE + _width(dates[-1]) / 2
    right = max(middle - _width(unescape(found["body"])) / 2, 0.0)
    told = "".join(f'<p class="date">{date}</p>' for date in dates)
    return (
        f'<div class="sign-off"><p class="seal" style="margin-right: {middle:.2f}em">（公章）</p>'
        f'<p style="padding-right: {right:.2f}em">{found["body"]}</p>{told}</div>'
    )


def _width(text: str) -> float:
    return sum(DIGIT if char.isascii() else 1.0 for char in text)
