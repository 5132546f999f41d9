"""The portal's tables in some fictional states."""

from dataclasses import replace
from datetime import date

from services.publicity.picture import (
    Campaign,
    FeedRow,
    Honour,
    Kind,
    Listed,
    Notice,
    Picture,
    Withdrawn,
)
from tests.publicity.stories import (
    BEFORE,
    BING,
    CAMPAIGN,
    CLOSING,
    CONFIGURATION,
    ENTRIES,
    JIA,
    LATER,
    MEANWHILE,
    NOTICE_ID,
    OPENING,
    YI,
)

URN = "urn:gongjiang:publicity:"

OPENED = Campaign(CAMPAIGN, CONFIGURATION, BEFORE, None)
DECIDED = replace(OPENED, list_decided_at=BEFORE)
LISTED = tuple(
    Listed(
        person,
        ENTRIES[person].name,
        ENTRIES[person].sex,
        ENTRIES[person].employer,
        ENTRIES[person].post,
        ENTRIES[person].recommender,
    )
    for person in (BING, YI, JIA)
)
POSTED = Notice(
    notice_id=NOTICE_ID,
    campaign_id=CAMPAIGN,
    number=1,
    opens_on=date(2019, 12, 23),
    closes_on=date(2019, 12, 27),
    closes_at=CLOSING,
    calendar="chinesecalendar 1.11.0",
    published_at=OPENING,
    closed_at=None,
    entries=LISTED,
    withdrawn=(),
    position=4,
)
WITHOUT_JIA = replace(POSTED, entries=LISTED[:2], withdrawn=(Withdrawn(JIA, MEANWHILE),))
OVER = replace(WITHOUT_JIA, closed_at=CLOSING)


def row(kind: Kind, name: str, position: int, **about: object) -> FeedRow:
    """A row of the feed."""
    blank = FeedRow(
        f"{URN}{name}", kind, CAMPAIGN, NOTICE_ID, None, None, OPENING, OPENING, position, position
    )
    return replace(blank, **about)  # type: ignore[arg-type]


NOTICE_ROW = row("公示", f"notice:{NOTICE_ID}", 20)
WITHDRAWAL_ROW = row(
    "取消",
    f"withdrawal:{NOTICE_ID}:{JIA}",
    31,
    nomination_id=JIA,
    published_at=MEANWHILE,
    updated_at=MEANWHILE,
)
RESULT_ROW = row("结果", f"result:{NOTICE_ID}", 40, published_at=CLOSING, updated_at=CLOSING)
DECISION_ROW = row(
    "决定",
    "decision:1",
    50,
    notice_id=None,
    decision_number="嘉港区管〔2020〕1号",
    published_at=LATER,
    updated_at=LATER,
)
HONOURS = tuple(
    Honour(
        person,
        CAMPAIGN,
        ENTRIES[person].name,
        ENTRIES[person].employer,
        f"GQGJ-2019-00{place}",
        "嘉港区管〔2020〕1号",
        LATER,
        "conferred",
    )
    for place, person in enumerate((BING, YI), start=1)
)

EMPTY = Picture(0, (), (), (), ())
DURING = Picture(20, (DECIDED,), (POSTED,), (), (NOTICE_ROW,))
CANCELLED = Picture(
    31,
    (DECIDED,),
    (WITHOUT_JIA,),
    (),
    (WITHDRAWAL_ROW, replace(NOTICE_ROW, position=31, updated_at=MEANWHILE)),
)
ENDED = Picture(
    50,
    (DECIDED,),
    (OVER,),
    HONOURS,
    (
        DECISION_ROW,
        RESULT_ROW,
        WITHDRAWAL_ROW,
        replace(NOTICE_ROW, position=40, updated_at=CLOSING),
    ),
)
