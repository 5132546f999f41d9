"""Reading what a nominee submitted: review has no keys, and asks intake in its reader's name.

Intake puts the opening on record before it answers. It knows a reader's roles, but neither panels
nor investigations: evaluation, approval and investigation say here first who may read. That binds
who asks through review; at intake's own desk only intake's rules do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.review.approval import APPROVAL
from services.review.evaluation import EVALUATION
from services.review.investigation import INVESTIGATION, ensure_investigator
from services.review.marking import ensure_judge
from services.review.meeting import ensure_candidate
from shared.asking import NotAnswered
from shared.contracts.sealed import Purpose
from shared.eventlog import EventLog
from shared.identity import Unauthenticated
from shared.messages import Actor, NotEntitled, Refused
from shared.personal import Erased

JUDGING = "综合评审"
DECIDING = "审定"
INVESTIGATING = "核查"

FOR_JUDGES: tuple[Purpose, ...] = ("dossier",)
"""The deeds: who judges them needs neither the ID number nor the telephone."""
FOR_INVESTIGATORS: tuple[Purpose, ...] = ("identity", "dossier")
"""Also who it is: a certificate is verified with its issuer by name and number."""

Ask = Callable[..., Any]
"""`Asker.ask`: service, method and the method's arguments by name -> its answer."""


class RefusedByIntake(Refused):
    """Intake's refusal, in its own words."""

    def __init__(self, refusal: Mapping[str, Any]) -> None:
        super().__init__(refusal["message"], field=refusal["field"])
        self.code = refusal["code"]  # type: ignore[misc]
        self.rule = refusal["rule"]  # type: ignore[misc]


class NotForThisRole(Refused):
    """What a nominee submitted is read by those who judge, decide or verify, at their own desks."""

    code = NotEntitled.code
    rule = "P3"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who wants to read what a nominee submitted, to be shown once and kept nowhere.

    Raises (every method):
        Refused, Unauthenticated, Erased: review or intake says no; nothing was opened.
        NotAnswered: intake does not answer now; whether it heard the question is unknown.
        FailedThere: it failed.
    """

    actor: Actor
    token: str = field(repr=False)
    log: EventLog
    ask: Ask

    def judging(self, nomination_id: UUID, purpose: str) -> dict[str, Any]:
        """The dossier, for a member of the panel who did not step back (S36, P10)."""
        self._ensure("expert", "评审专家")
        ensure_judge(self.actor, self.log.batch().state(EVALUATION, nomination_id))
        return self._read(nomination_id, purpose, FOR_JUDGES)

    def deciding(self, campaign_id: UUID, nomination_id: UUID, purpose: str) -> dict[str, Any]:
        """The dossier of a candidate on the list before the leading group (S37)."""
        self._ensure("leading_group", "领导小组")
        ensure_candidate(nomination_id, self.log.batch().state(APPROVAL, campaign_id))
        return self._read(nomination_id, purpose, FOR_JUDGES)

    def investigating(self, investigation: UUID, purpose: str) -> dict[str, Any]:
        """Identity and dossier, for those who were named to verify the allegation (P5)."""
        self._ensure("investigator", "核查人员")
        state = self.log.batch().state(INVESTIGATION, investigation)
        nomination_id = ensure_investigator(self.actor, state)
        return self._read(nomination_id, purpose, FOR_INVESTIGATORS)

    def _ensure(self, role: str, title: str) -> None:
        if role not in self.actor.roles:
            raise NotForThisRole(f"您的身份无权在此查阅申报内容，须由{title}办理", field="by.roles")

    def _read(self, nomination_id: UUID, purpose: str, parts: Sequence[Purpose]) -> dict[str, Any]:
        answer = self.ask(
            "intake",
            "open_personal_data",
            token=self.token,
            nomination_id=str(nomination_id),
            purpose=purpose,
            parts=list(parts),
        )
        match answer:
            case {"parts": dict(opened)}:
                return opened
            case {"refused": dict(refusal)}:
                raise RefusedByIntake(refusal)
            case {"erased": True}:
                raise Erased
            case {"unauthenticated": dict()}:
                raise Unauthenticated
            case _:
                raise NotAnswered("intake: unavailable")
