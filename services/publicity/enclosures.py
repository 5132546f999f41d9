"""Enclosures 附件 of an objection: what the reporter hands in, and who looks at it (P4, P5).

The files themselves are sealed before they are stored and are known here by their digests alone:
a scan may show who objects. They go with the reporter when the reporter is erased.
"""

from typing import Annotated, assert_never
from uuid import UUID

from pydantic import Field

from services.publicity.objecting import (
    Accepted,
    DocumentOpened,
    Enclosed,
    NotRaised,
    ObjectionSupplemented,
    Received,
    Situation,
)
from services.publicity.wording import Sha256, Text, check
from shared.messages import Command, Event, Refused

PUBLIC = "public"
"""The role of whoever stands at the public form: nobody logs in, and no token has it."""

SEALED_FROM = frozenset({"expert", "leading_group", "committee", "authority"})
"""P4: whoever judges or decides on the nominee never learns who objects, in whatever other role."""

MOST = 20
"""How many enclosures one objection may have in all."""

# refusals


class NothingToAddTo(Refused):
    """Documents are added while an objection is open."""

    code = "nothing_to_add_to"
    rule = "P5"


class AlreadyEnclosed(Refused):
    """The same document is handed in once."""

    code = "already_enclosed"
    rule = "P5"


class TooManyEnclosures(Refused):
    """What nobody can read is no evidence."""

    code = "too_many_enclosures"
    rule = "P5"


class NoSuchEnclosure(Refused):
    """Only what was handed in is looked at."""

    code = "no_such_enclosure"
    rule = "P4"


class SealedFromReader(Refused):
    """Who objects is sealed from those who judge the nominee."""

    code = "sealed_from_reader"
    rule = "P4"


# commands


class SupplementObjection(
    Command, name="supplement_objection", may={"office", "desk", PUBLIC}, rule="P4", inside=True
):
    """Hand in documents; a page has sealed them by the key `key` and stored them before."""

    enclosed: Annotated[tuple[Enclosed, ...], Field(min_length=1, max_length=MOST)]
    key: UUID


class OpenDocument(
    Command, name="open_document", may={"office", "investigator"}, rule="P4", inside=True
):
    """Look at a document, for this purpose. A page opens the seal once this is on record."""

    sha256: Sha256
    purpose: Text


EnclosureCommand = SupplementObjection | OpenDocument

# decide


def enclose(command: EnclosureCommand, state: Situation) -> list[Event]:
    """What becomes of documents; whose colleague the reader is the notice knows.

    Raises:
        Refused: one of the refusals above.
    """
    match command:
        case SupplementObjection():
            return [_supplement(command, state)]
        case OpenDocument():
            return [_open(command, state)]
        case _:
            assert_never(command)


def _supplement(command: SupplementObjection, state: Situation) -> ObjectionSupplemented:
    if not isinstance(state, Received | Accepted) or state.facts.withdrawn:
        raise NothingToAddTo("该异议不存在、已有结论、未予受理或已经撤回，不能再补充材料。")
    facts = state.facts
    digests = [one.sha256 for one in command.enclosed]
    if len(set(digests)) < len(digests) or facts.enclosed & set(digests):
        raise AlreadyEnclosed("该材料已经提交过，无须重复提交。", field="files")
    if len(facts.enclosed) + len(digests) > MOST:
        raise TooManyEnclosures(f"一件异议至多提交{MOST}份材料。", field="files")
    return ObjectionSupplemented(
        nomination_id=facts.nomination_id,
        campaign_id=facts.campaign_id,
        enclosed=command.enclosed,
        key=command.key,
    )


def _open(command: OpenDocument, state: Situation) -> DocumentOpened:
    """P4: on record before the seal is opened."""
    if isinstance(state, NotRaised) or command.sha256 not in state.facts.enclosed:
        raise NoSuchEnclosure("该异议没有这份材料；请核对。", field="sha256")
    if command.by.roles & SEALED_FROM:
        raise SealedFromReader("反映人及其材料对评审、审定、联审和授予人员保密，您不得查看。")
    check(purpose=command.purpose)
    return DocumentOpened(
        nomination_id=state.facts.nomination_id,
        campaign_id=state.facts.campaign_id,
        sha256=command.sha256,
        purpose=command.purpose,
    )
