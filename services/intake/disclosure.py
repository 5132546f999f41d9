"""Disclosure: who opens which part of a person's data, and what the public may see (P3)."""

from collections.abc import Sequence
from typing import assert_never, get_args
from uuid import UUID

from pydantic import Field

from services.intake.record import (
    Absent,
    Disqualified,
    Excluded,
    Live,
    Merged,
    NotAtThisStage,
    Record,
    Situation,
    Withdrawn,
    without_numbers,
)
from services.intake.suspension import expect_running
from shared.contracts.intake import Entry
from shared.contracts.sealed import Purpose
from shared.messages import SYSTEM, Command, Event, Refused

RELEASABLE = frozenset({"拟入围", "入围", "审定通过", "公示中", "公示通过", "已授予"})

VERIFIERS = frozenset({"office", "investigator", "auditor", SYSTEM})
"""Who has to know for certain whom a nomination is about."""

JUDGES = frozenset({"expert", "leading_group", "committee"})
"""Who judges deeds, and needs no ID number."""

AUTHORITY = "authority"


# refusals


class PartClosed(Refused):
    """Each role opens what its work needs, and no more."""

    code = "part_closed"
    rule = "P3"


class NotAsked(Refused):
    """A department opens whom it was asked about, and nobody else."""

    code = "not_asked"
    rule = "P8"


# commands


class OpenPersonalData(
    Command,
    name="open_personal_data",
    may={
        "office",
        "expert",
        "investigator",
        "authority",
        "auditor",
        "leading_group",
        "committee",
        SYSTEM,
    },
    rule="P3",
    inside=True,
):
    """Put on record that these parts are opened, and what for; only then are they.

    `authorities` are the departments of the campaign that the actor answers for (P8).
    """

    purpose: str = Field(min_length=2, max_length=200)
    fields: tuple[Purpose, ...] = Field(min_length=1)
    authorities: frozenset[str] = frozenset()


class ReleaseForPublication(
    Command, name="release_for_publication", may={"office"}, rule="P3", inside=True
):
    """These fields may be published."""

    entry: Entry


# events


class PersonalDataOpened(Event, name="personal_data_opened", label="查看个人信息", rule="P3"):
    """Somebody read these parts of the person's data, for this purpose."""

    nomination_id: UUID
    campaign_id: UUID
    purpose: str
    fields: tuple[Purpose, ...]


class PublicationReleased(Event, name="publication_released", label="核定公开内容", rule="P3"):
    """These fields of the person may be published, and no other."""

    nomination_id: UUID
    campaign_id: UUID
    entry: Entry


# decide


def open_parts(command: OpenPersonalData, state: Situation) -> Sequence[Event]:
    """At any stage, each time on record."""
    match state:
        case Absent():
            raise NotAtThisStage("没有这项申报。")
        case (
            Live(record)
            | Merged(record)
            | Withdrawn(record)
            | Excluded(record)
            | Disqualified(record)
        ):
            _expect_readable(command, record)
        case _:
            assert_never(state)
    without_numbers(command.purpose, "purpose")
    return [
        PersonalDataOpened(
            **record.ids,
            purpose=command.purpose,
            fields=tuple(dict.fromkeys(command.fields)),
        )
    ]


def _expect_readable(command: OpenPersonalData, record: Record) -> None:
    if set(command.fields) <= readable_by(command.by.roles):
        return
    if AUTHORITY not in command.by.roles:
        raise PartClosed(
            "评审、审定和授予只需查看申报内容，身份信息与联系方式不对您开放。", field="fields"
        )
    if set(command.fields) != {"identity"}:
        raise PartClosed("联审只需查看身份信息，其他内容不对您开放。", field="fields")
    if not command.authorities & record.asked:
        raise NotAsked("没有就该申报人向您的部门征求意见，身份信息不对您开放。")


def readable_by(roles: frozenset[str]) -> frozenset[Purpose]:
    """The parts that somebody with these roles may open: who judges deeds needs no ID number."""
    everything: frozenset[Purpose] = frozenset(get_args(Purpose))
    if roles & VERIFIERS:
        return everything
    return frozenset({"dossier"}) if roles & JUDGES else frozenset()


def release(command: ReleaseForPublication, record: Record) -> Sequence[Event]:
    """From the pre-review on, for those who are not out."""
    expect_running(record)
    if record.course not in RELEASABLE:
        raise NotAtThisStage("只有通过初审且未落选的申报，才能核定公开内容。")
    if record.entry == command.entry:
        return []
    for field, text in command.entry:
        without_numbers(text or "", f"entry.{field}")
    return [PublicationReleased(**record.ids, entry=command.entry)]
