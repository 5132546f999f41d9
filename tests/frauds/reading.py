"""Reads what is sent as a person would who has it on paper: nothing of the generator or of ours."""

import re
import unicodedata
from datetime import date
from typing import Any

Sent = dict[str, Any]


def plain(text: str) -> str:
    """Half width, without spaces and dots."""
    return re.sub(r"[\s.]", "", unicodedata.normalize("NFKC", text)).upper()


def patents(data: Sent) -> set[str]:
    """Numbers of patents."""
    return {plain(one["number"]) for one in data["form"]["patents"]}


def places(data: Sent) -> set[tuple[str, str, str, int]]:
    """Awards that have a place: title, issuer, date and place."""
    return {
        (plain(one["title"]), plain(one["issuer"]), one["date"], one["rank"])
        for one in data["form"]["honours"]
        if one["rank"] is not None
    }


def documents(data: Sent) -> set[str]:
    """Digests of all documents."""
    return {one["sha256"] for one in data["materials"]}


def born(data: Sent) -> date:
    """By the ID number."""
    digits = data["form"]["id_number"]
    return date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))


def spans(data: Sent) -> list[tuple[date, date, Sent]]:
    """The career, by its first days."""
    return sorted(
        (
            (
                date.fromisoformat(one["from"]),
                date.fromisoformat(one["to"] or "2019-12-10"),
                one,
            )
            for one in data["form"]["career"]
        ),
        key=lambda span: span[:2],
    )


def overlap(data: Sent) -> int:
    """The most days of two places at once, part-time apart."""
    whole = [span for span in spans(data) if "兼职" not in span[2]["post"]]
    return max(
        (
            (min(first[1], second[1]) - second[0]).days + 1
            for at, first in enumerate(whole)
            for second in whole[at + 1 :]
        ),
        default=0,
    )


def years_here(data: Sent) -> float:
    """In the port area, by the career."""
    days = [(end - start).days for start, end, one in spans(data) if one["in_port_area"]]
    return sum(days) / 365.25


def years(data: Sent) -> float:
    """From the first day of work."""
    first = min(start for start, _, _ in spans(data))
    return (date(2019, 12, 10) - first).days / 365.25


def contradictions(data: Sent) -> set[str]:
    """What cannot be true in one file."""
    form, found = data["form"], set()
    qualification = form["vocational_qualification"]
    number, birth = qualification["certificate_number"], born(data)
    if number.startswith("Y"):
        if int(number[15]) != qualification["level"]:
            found.add("another level")
        found |= _year(2000 + int(number[13:15]), birth, "certified")
    for patent in patents(data):
        found |= _year(int(patent[2:6]), birth, "invented")
    if min(start for start, _, _ in spans(data)).year < birth.year + 16:
        found.add("worked as a child")
    if overlap(data) > 31:
        found.add("two places at once")
    if form["years_in_port_area"] > years_here(data) + 1:
        found.add("more years here")
    if form["years_in_trade"] > years(data) + 1:
        found.add("more years in all")
    return found


def _year(year: int, birth: date, what: str) -> set[str]:
    if year > 2019:
        return {f"{what} in the future"}
    return {f"{what} as a child"} if year < birth.year + 16 else set()
