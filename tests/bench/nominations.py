"""Generated nominations: each valid, each of another fictional person (region 890000)."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "samples" / "good-1.json"

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
FIRST = date(1960, 1, 1)
DAYS = 12_000
MALE_SEQUENCES = 500


def id_number(number: int) -> str:
    """A man's ID number of a region that does not exist; another for each number below 6 million.

    Raises:
        ValueError: there are no more.
    """
    day, sequence = number % DAYS, number // DAYS
    if sequence >= MALE_SEQUENCES:
        raise ValueError(number)
    birth = FIRST + timedelta(days=day)
    first = f"890000{birth:%Y%m%d}{2 * sequence + 1:03}"
    total = sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True))
    return first + "10X98765432"[total % 11]


def nominations(count: int, start: int = 0) -> Iterator[tuple[str, bytes]]:
    """Message ids and whole CloudEvents in JSON."""
    event: dict[str, Any] = json.loads(SAMPLE.read_text())
    form = event["data"]["form"]
    for number in range(start, start + count):
        event["id"] = f"generated-{number}"
        form["id_number"] = id_number(number)
        form["mobile"] = f"154{number:08}"
        yield event["id"], json.dumps(event, ensure_ascii=False).encode()
