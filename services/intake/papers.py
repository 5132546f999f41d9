"""Papers 纸质材料: the paper version at the receiving desk, and the originals (S31–S34).

The paper comes beside the electronic version and by the same deadline, which the campaign knows:
it judges what the desk recorded, and only says so when the paper was late.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from pydantic import AwareDatetime, Field

from services.intake.record import Paper, Record, before_pre_review
from shared.messages import SYSTEM, Command, Event, Refused

# refusals


class PaperMissing(Refused):
    """Paper and electronic version are both required, and the same (S34)."""

    code = "paper_missing"
    rule = "S34"


class PaperTooLate(Refused):
    """The paper came after the deadline."""

    code = "paper_too_late"
    rule = "S32"


class NoSuchMaterial(Refused):
    """What was sighted, or proves something, is a material of this nomination."""

    code = "no_such_material"
    rule = "S30"


# commands


class RecordPaperReceipt(Command, name="record_paper_receipt", may={"desk"}, rule="S33"):
    """The paper is here, now. `electronic_matches`: somebody compared the two versions."""

    electronic_matches: bool


class JudgePaperLate(Command, name="judge_paper_late", may={SYSTEM}, rule="S32"):
    """The campaign found that it came after the deadline."""

    deadline: AwareDatetime


class SightOriginals(Command, name="sight_originals", may={"desk", "office"}, rule="S31"):
    """The originals of these materials were shown and given back."""

    materials: tuple[str, ...] = Field(min_length=1)


# events


class PaperReceived(Event, name="paper_received", label="接收纸质材料", rule="S33"):
    """The desk holds the paper since then; who received it is who recorded it."""

    nomination_id: UUID
    campaign_id: UUID
    received_at: AwareDatetime
    electronic_matches: bool


class PaperFoundLate(Event, name="paper_found_late", label="纸质材料逾期送达", rule="S32"):
    """It came after this deadline: the nomination cannot pass."""

    nomination_id: UUID
    campaign_id: UUID
    deadline: AwareDatetime


class OriginalsSighted(Event, name="originals_sighted", label="核对原件", rule="S31"):
    """Somebody saw these originals; `complete` when no other is missing."""

    nomination_id: UUID
    campaign_id: UUID
    materials: tuple[str, ...]
    complete: bool


# decide


def receive_paper(command: RecordPaperReceipt, record: Record) -> Sequence[Event]:
    """The first receipt counts for the deadline; a later one only for the comparison.

    What was late is recorded again when the deadline was extended: the campaign judges it anew.
    """
    before_pre_review(record)
    known = record.paper
    same = known is not None and known.electronic_matches == command.electronic_matches
    if same and known is not None and not known.late:
        return []
    return [
        PaperReceived(
            **record.ids,
            received_at=command.at if known is None else known.received_at,
            electronic_matches=command.electronic_matches,
        )
    ]


def found_late(command: JudgePaperLate, record: Record) -> Sequence[Event]:
    """The event is kept; the nomination is not taken further."""
    if record.paper is None or record.paper.late:
        return []
    return [PaperFoundLate(**record.ids, deadline=command.deadline)]


def sight(command: SightOriginals, record: Record) -> Sequence[Event]:
    """The copy is kept, the original is seen (S31)."""
    before_pre_review(record)
    expect_materials(command.materials, record, "materials")
    unseen = {
        material.id for material in record.received.materials if not material.original_presented
    }
    new = tuple(one for one in dict.fromkeys(command.materials) if one in unseen)
    if not new:
        return []
    return [OriginalsSighted(**record.ids, materials=new, complete=unseen == set(new))]


def expect_materials(materials: Iterable[str], record: Record, field: str) -> None:
    """Every material that is named belongs to the nomination (S30).

    Raises:
        NoSuchMaterial: one does not.
    """
    known = {material.id for material in record.received.materials}
    if orphans := sorted(set(materials) - known):
        raise NoSuchMaterial(f"申报材料中没有编号为{'、'.join(orphans)}的材料。", field=field)


def expect_paper(record: Record) -> None:
    """Both versions are here, in time and the same (S32, S34).

    Raises:
        PaperMissing, PaperTooLate: they are not.
    """
    paper = record.paper
    if paper is None:
        if record.received.paper_received_at is None:
            raise PaperMissing("接收窗口尚未登记收到纸质材料，不得通过初审。")
        return
    if paper.late:
        raise PaperTooLate("纸质材料的收到时间晚于截止时间，不得通过初审。")
    if not paper.electronic_matches:
        raise PaperMissing("纸质材料与电子版不一致，须核对一致后再通过初审。")


def received(event: PaperReceived) -> Paper:
    """What is known of the paper now."""
    return Paper(event.received_at, event.electronic_matches)
