"""Revocation 撤销 of the title of one nomination (P15), step by step.

It opens by itself: when fraud was proven after the conferral, or when the office proposed it on the
honour. Then, each step after the one before it: the facts are verified (an investigation that
found fraud has done so), the person is heard or declines to speak, the leading group gives its
opinion, and the body that conferred the title, alone, decides. A revocation stands for ever, but
for a decision that corrects it. Its texts name no person and no number.
"""

from datetime import date
from typing import assert_never
from uuid import UUID

from pydantic import Field

from services.publicity.revoking import (
    Advice,
    Advised,
    Heard,
    NotInQuestion,
    Opened,
    OpinionGiven,
    Recovered,
    RecoveryRecorded,
    RevocationCaseOpened,
    RevocationCauseAdded,
    RevocationCorrected,
    RevocationDismissed,
    Revoked,
    Situation,
    StatementRecorded,
    TitleRevoked,
    VerificationRecorded,
    Verified,
    evolve,
)
from services.publicity.title import Ground
from services.publicity.wording import DecisionNumber, Sha256, Text, check
from shared.calendar import beijing_date
from shared.messages import SYSTEM, Command, Decider, Event, Refused

# what can be refused


class StepOutOfTurn(Refused):
    """Each step follows the one before it (S39), and is taken once."""

    code = "revocation_step_out_of_turn"
    rule = "P15"


class HeardInFuture(Refused):
    """What is recorded has happened."""

    code = "heard_in_future"
    rule = "P15"


class StatementMissing(Refused):
    """Whoever was heard left a statement, and its digest is recorded."""

    code = "statement_missing"
    rule = "P15"


class AlreadyRecovered(Refused):
    """The certificate is reclaimed once, the reward recovered once."""

    code = "already_recovered"
    rule = "P15"


class AmountMissing(Refused):
    """Of a reward that was recovered the amount is recorded."""

    code = "recovered_amount_missing"
    rule = "P15"


# what may be asked


class OpenRevocation(Command, name="open_revocation", may={SYSTEM}, rule="P15"):
    """The honour says that its title is in question: by an investigation, or as was proposed."""

    nomination_id: UUID
    campaign_id: UUID
    cause: Ground
    reason: str
    investigation_id: UUID | None = None


class RecordVerification(Command, name="record_verification", may={"office"}, rule="P15"):
    """核查: what the facts are, and the digest of the report."""

    statement: Text
    sha256: Sha256


class RecordStatement(Command, name="record_statement", may={"office"}, rule="P15"):
    """本人陈述申辩: the person was heard on this day, or declined to speak."""

    heard_on: date
    declined: bool = False
    sha256: Sha256 | None = None


class GiveOpinion(Command, name="give_opinion", may={"leading_group"}, rule="P15"):
    """The leading group's opinion, which binds nobody."""

    advice: Advice
    statement: Text


class DecideRevocation(Command, name="decide_revocation", may={"committee"}, rule="P15"):
    """The body that conferred the title decides, by a document with this number."""

    revoke: bool
    decision_number: DecisionNumber
    statement: Text


class RecordRecovery(Command, name="record_recovery", may={"committee", "office"}, rule="P15"):
    """收回证书、追回奖金: what was taken back; of the reward, how much in fen."""

    what: Recovered
    sha256: Sha256
    amount_fen: int | None = Field(default=None, ge=1, le=10_000_000_000)


class CorrectRevocation(Command, name="correct_revocation", may={"committee"}, rule="P15"):
    """纠正: the revocation was wrong; by this decision the title is the holder's again."""

    decision_number: DecisionNumber
    statement: Text


RevocationCommand = (
    OpenRevocation
    | RecordVerification
    | RecordStatement
    | GiveOpinion
    | DecideRevocation
    | RecordRecovery
    | CorrectRevocation
)


# what is decided


def decide(command: RevocationCommand, state: Situation) -> list[Event]:
    """What comes of a command.

    Raises:
        Refused: one of the refusals above, to people alone.
    """
    match command:
        case OpenRevocation():
            return _open(command, state)
        case RecordVerification():
            return [_verify(command, state)]
        case RecordStatement():
            return [_hear(command, state)]
        case GiveOpinion():
            return [_advise(command, state)]
        case DecideRevocation():
            return [_decide(command, state)]
        case RecordRecovery():
            return [_recover(command, state)]
        case CorrectRevocation():
            return [_correct(command, state)]
        case _:
            assert_never(command)


def _open(command: OpenRevocation, state: Situation) -> list[Event]:
    match state:
        case NotInQuestion():
            follows: type[RevocationCaseOpened | RevocationCauseAdded] = RevocationCaseOpened
        case Opened() | Verified() | Heard() | Advised():
            if command.investigation_id is None:
                raise StepOutOfTurn("该荣誉称号正在撤销程序中；须待管委会作出决定。")
            if command.investigation_id in state.investigations:
                return []
            follows = RevocationCauseAdded
        case Revoked():
            return []
        case _:
            assert_never(state)
    return [
        follows(
            nomination_id=command.nomination_id,
            campaign_id=command.campaign_id,
            cause=command.cause,
            reason=command.reason,
            investigation_id=command.investigation_id,
        )
    ]


def _turn(state: Situation) -> StepOutOfTurn:
    """What has to be done first, for whoever wanted to do something else."""
    match state:
        case NotInQuestion():
            return StepOutOfTurn("该荣誉称号没有进行中的撤销程序；须先提请撤销。")
        case Opened():
            return StepOutOfTurn("撤销程序须先登记核查情况。")
        case Verified():
            return StepOutOfTurn("核查已登记；须先听取本人陈述申辩，或登记其放弃。")
        case Heard():
            return StepOutOfTurn("陈述申辩已登记；须先由领导小组提出意见。")
        case Advised():
            return StepOutOfTurn("领导小组已提出意见；须由原授予机关作出决定。")
        case Revoked():
            return StepOutOfTurn("该荣誉称号已经撤销；撤销决定非经纠正不得更改。")
        case _:
            assert_never(state)


def _verify(command: RecordVerification, state: Situation) -> VerificationRecorded:
    if not isinstance(state, Opened):
        raise _turn(state)
    check(statement=command.statement)
    return VerificationRecorded(
        nomination_id=state.nomination_id,
        campaign_id=state.campaign_id,
        statement=command.statement,
        sha256=command.sha256,
    )


def _hear(command: RecordStatement, state: Situation) -> StatementRecorded:
    """P15: the right to be heard; silence is recorded with its day too."""
    if not isinstance(state, Verified):
        raise _turn(state)
    if command.heard_on > beijing_date(command.at):
        raise HeardInFuture("陈述申辩的日期不得晚于今日。", field="heard_on")
    if not command.declined and command.sha256 is None:
        raise StatementMissing("须登记陈述申辩材料的摘要，或登记本人放弃陈述。", field="sha256")
    return StatementRecorded(
        nomination_id=state.nomination_id,
        campaign_id=state.campaign_id,
        heard_on=command.heard_on,
        declined=command.declined,
        sha256=command.sha256,
    )


def _advise(command: GiveOpinion, state: Situation) -> OpinionGiven:
    if not isinstance(state, Heard):
        raise _turn(state)
    check(statement=command.statement)
    return OpinionGiven(
        nomination_id=state.nomination_id,
        campaign_id=state.campaign_id,
        advice=command.advice,
        statement=command.statement,
    )


def _decide(command: DecideRevocation, state: Situation) -> TitleRevoked | RevocationDismissed:
    """P15: whoever conferred, and nobody else, decides; freely, whatever the opinion."""
    if not isinstance(state, Advised):
        raise _turn(state)
    check(statement=command.statement)
    decided = TitleRevoked if command.revoke else RevocationDismissed
    return decided(
        nomination_id=state.nomination_id,
        campaign_id=state.campaign_id,
        decision_number=command.decision_number,
        statement=command.statement,
    )


def _recover(command: RecordRecovery, state: Situation) -> RecoveryRecorded:
    if not isinstance(state, Revoked):
        raise StepOutOfTurn("荣誉称号尚未撤销，不得登记收回或追回。")
    if command.what in state.recovered:
        raise AlreadyRecovered("该项已经登记收回，不得重复登记。", field="what")
    if command.what == "reward" and command.amount_fen is None:
        raise AmountMissing("追回奖金须登记金额。", field="amount_fen")
    return RecoveryRecorded(
        nomination_id=state.nomination_id,
        campaign_id=state.campaign_id,
        what=command.what,
        sha256=command.sha256,
        amount_fen=command.amount_fen if command.what == "reward" else None,
    )


def _correct(command: CorrectRevocation, state: Situation) -> RevocationCorrected:
    """P15: irrevocable, except by an event that says that it was wrong."""
    if not isinstance(state, Revoked):
        raise StepOutOfTurn("该荣誉称号没有被撤销，无可纠正。")
    check(statement=command.statement)
    return RevocationCorrected(
        nomination_id=state.nomination_id,
        campaign_id=state.campaign_id,
        decision_number=command.decision_number,
        statement=command.statement,
    )


REVOCATION: Decider[Situation] = Decider(
    name="revocation",
    initial=NotInQuestion(),
    decide=decide,
    evolve=evolve,
    of="nomination",
    commands=(
        OpenRevocation,
        RecordVerification,
        RecordStatement,
        GiveOpinion,
        DecideRevocation,
        RecordRecovery,
        CorrectRevocation,
    ),
    events=(
        RevocationCaseOpened,
        RevocationCauseAdded,
        VerificationRecorded,
        StatementRecorded,
        OpinionGiven,
        TitleRevoked,
        RevocationDismissed,
        RecoveryRecorded,
        RevocationCorrected,
    ),
)
