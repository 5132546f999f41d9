"""Re-judging: would the domain of today decide as it was decided? Reads only, and changes nothing.

Each recorded decision is put before today's `decide` in the state that the stored history had just
before it. After a difference the next decision is again judged against what is stored, not against
what might have followed. What changes is code; the rules of a campaign are those that it had, as
its events carry them, unless `changes` asks what other rules would have done.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, zip_longest
from typing import Any, Literal, NamedTuple
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from shared.audit.recipes import Reassess, Unjudged, found, lifted
from shared.messages import Command, Decider, Event, Happened, Recorded, Refused
from shared.plan import Due, Plan

WITHHELD = "（尚未公开）"


class Difference(BaseModel):
    """A field that today's event has otherwise; without a name, the whole event (its label)."""

    event: str
    field: str
    stored: Any
    today: Any


class Verdict(BaseModel):
    """What today's rules say of one recorded decision.

    `rules` are those of the stored events, `rule` is the one that decides otherwise or refuses.
    """

    service: str
    decider: str
    stream: UUID
    positions: list[int]
    at: datetime
    actor: str
    actor_name: str
    events: list[str]
    title: str
    rules: list[str]
    outcome: Literal["same", "otherwise", "refused", "unjudged"]
    rule: str
    words: str
    differences: list[Difference] = []


class Judgement(NamedTuple):
    """What came of a decision, and how many of the stored events it accounts for."""

    outcome: Literal["same", "otherwise", "refused", "unjudged"]
    covers: int
    rule: str
    words: str
    today: Sequence[Event] = ()


def rejudge(
    plan: Plan,
    told: Iterable[Recorded],
    *,
    positions: frozenset[int] | None = None,
    changes: Mapping[str, Any] | None = None,
    reassess: Reassess | None = None,
) -> list[Verdict]:
    """A verdict for each decision of these streams.

    Args:
        plan: the service.
        told: whole streams of its log, from their first event.
        positions: only decisions with an event at one of these positions are judged.
        changes: fields of a campaign's configuration that are to be thought otherwise.
        reassess: judges what was opened to be judged again.

    Raises:
        ValidationError: the changes make no configuration (pydantic).
    """
    history = sorted(told, key=lambda one: one.position)
    if changes:
        history = [
            one._replace(event=lifted(plan.rejudging, one.event, changes)) for one in history
        ]
    return list(_Court(plan, history, bool(changes), reassess).verdicts(positions))


class _Court:
    """The history as far as it has been heard."""

    def __init__(
        self, plan: Plan, history: Sequence[Recorded], given: bool, reassess: Reassess | None
    ) -> None:
        self._plan = plan
        self._deciders = {event: owned for owned in plan.owns for event in owned.events}
        self._history = [one for one in history if type(one.event) in self._deciders]
        self._given = given
        self._reassess = reassess
        self._states: dict[UUID, Any] = {}
        self._known = {str(one.id): one for one in self._history}
        self._caused = {(one.causation, one.stream) for one in self._history}
        self._streams = {one.stream for one in self._history}
        self._taken: dict[tuple[str, UUID], int] = {}
        self._withheld = plan.withheld(self._history)

    def verdicts(self, positions: frozenset[int] | None) -> Iterator[Verdict]:
        """Hear everything in the order of the log."""
        for together in decisions(self._history):
            rest = together
            while rest:
                decider = self._deciders[type(rest[0].event)]
                judgement = self._opened(rest[0], self._judge(decider, rest))
                decided, rest = rest[: judgement.covers], rest[judgement.covers :]
                for one in decided:
                    self._states[one.stream] = decider.evolve(
                        self._states.get(one.stream, decider.initial), one.event
                    )
                if judgement.outcome == "same":
                    judgement = self._with_what_follows(judgement, decided)
                if positions is None or any(one.position in positions for one in decided):
                    yield self._verdict(decider, decided, judgement)

    def _opened(self, first: Recorded, judgement: Judgement) -> Judgement:
        """What depends on something that was opened, as far as the log's own part still stands."""
        if self._reassess is None or judgement.outcome not in ("same", "unjudged"):
            return judgement
        match self._reassess(first, self._state):
            case None:
                return judgement
            case Unjudged(words):
                return judgement._replace(outcome="unjudged", rule="", words=words)
            case today, rule, words, same:
                outcome: Literal["same", "otherwise"] = "same" if same else "otherwise"
                return Judgement(outcome, judgement.covers, rule, words, (today,))

    def _state(self, decider: Decider[Any], key: UUID) -> Any:
        return self._states.get(decider.stream(key), decider.initial)

    def _judge(self, decider: Decider[Any], stored: Sequence[Recorded]) -> Judgement:
        first = stored[0]
        if self._given and "" in self._plan.rejudging.carries.get(type(first.event), {}).values():
            return Judgement("unjudged", len(stored), "", "规则由本次假设给出，不再复判。")
        state = self._states.get(first.stream, decider.initial)
        commands = self._policy(first)
        if commands is not None:
            return self._judge_policy(decider, commands, stored)
        match found(self._plan.rejudging, stored, state):
            case Unjudged(words):
                return Judgement("unjudged", len(stored), "", words)
            case command:
                return judged(decider, command, state, stored)

    def _policy(self, first: Recorded) -> list[Command] | None:
        """What today's policy or clock asks of this stream because of the cause, if that is one of
        our own events."""
        cause = self._known.get(first.causation)
        if cause is None:
            return None
        happened = Happened(cause.stream, cause.event, cause.at, cause.by)
        reactions = [
            addressed.command
            for addressed in self._plan.react(happened)
            if addressed.decider.stream(addressed.key) == first.stream
        ]
        return reactions or list(self._timed(cause, first))

    def _timed(self, cause: Recorded, first: Recorded) -> Iterator[Command]:
        for due in self._plan.timers(cause):
            if not isinstance(due, Due):
                continue
            kind = self._plan.command(due.decider, due.command)
            if kind and self._plan.decider(due.decider).stream(due.target) == first.stream:
                yield kind.model_validate({"at": due.at, "by": first.by})

    def _judge_policy(
        self, decider: Decider[Any], commands: Sequence[Command], stored: Sequence[Recorded]
    ) -> Judgement:
        """One cause may ask a stream several times; what leads to nothing leaves no event."""
        first = stored[0]
        asked = first.causation, first.stream
        state = self._states.get(first.stream, decider.initial)
        for number in range(self._taken.get(asked, 0), len(commands)):
            self._taken[asked] = number + 1
            judgement = judged(decider, commands[number], state, stored)
            if judgement.outcome != "otherwise" or judgement.today:
                return judgement
        return Judgement("otherwise", len(stored), first.event.rule, "今天不再随之作出这项决定。")

    def _with_what_follows(self, judgement: Judgement, decided: Sequence[Recorded]) -> Judgement:
        """What stands or falls with a decision, and has left no event: does it stand today?"""
        for one in decided:
            for addressed in self._plan.react(Happened(one.stream, one.event, one.at, one.by)):
                decider, stream = addressed.decider, addressed.decider.stream(addressed.key)
                if (str(one.id), stream) in self._caused or stream not in self._streams:
                    continue
                state = self._states.get(stream, decider.initial)
                follows = judged(decider, addressed.command, state, ())
                if follows.outcome == "refused" or follows.today:
                    return follows._replace(covers=judgement.covers)
        return judgement

    def _verdict(
        self, decider: Decider[Any], decided: Sequence[Recorded], judgement: Judgement
    ) -> Verdict:
        first, events = decided[0], [one.event for one in decided]
        return Verdict(
            service=self._plan.name,
            decider=decider.name,
            stream=first.stream,
            positions=[one.position for one in decided],
            at=first.at,
            actor=first.by.id,
            actor_name=first.by.name,
            events=[event.topic() for event in events],
            title="、".join(dict.fromkeys(event.label for event in events)),
            rules=list(dict.fromkeys(event.rule for event in events)),
            outcome=judgement.outcome,
            rule=judgement.rule,
            words=judgement.words,
            differences=list(self._differences(decided, judgement))
            if judgement.outcome == "otherwise"
            else [],
        )

    def _differences(
        self, decided: Sequence[Recorded], judgement: Judgement
    ) -> Iterator[Difference]:
        for number in range(max(len(decided), len(judgement.today))):
            stored = decided[number] if number < len(decided) else None
            today = judgement.today[number] if number < len(judgement.today) else None
            if stored is None or today is None or type(stored.event) is not type(today):
                yield Difference(
                    event=(today or decided[number].event).topic(),
                    field="",
                    stored=stored and stored.event.label,
                    today=today and today.label,
                )
                continue
            for name, value in stored.event:
                if value != getattr(today, name):
                    hidden = (stored.id, name) in self._withheld
                    yield Difference(
                        event=today.topic(),
                        field=name,
                        stored=WITHHELD if hidden else to_jsonable_python(value),
                        today=WITHHELD if hidden else to_jsonable_python(getattr(today, name)),
                    )


def decisions(history: Iterable[Recorded]) -> Iterator[tuple[Recorded, ...]]:
    """Events that were stored one after the other in one stream, for one cause.

    That is one decision, or several that one cause asked of one stream.
    """
    grouped = groupby(
        enumerate(history),
        key=lambda pair: (
            pair[1].position - pair[0],
            pair[1].stream,
            pair[1].causation,
            pair[1].at,
            pair[1].by,
        ),
    )
    for _, together in grouped:
        yield tuple(one for _, one in together)


def judged(
    decider: Decider[Any], command: Command, state: Any, stored: Sequence[Recorded]
) -> Judgement:
    """Today's decision beside the stored one."""
    try:
        today = decider.judge(command, state)
    except Refused as refusal:
        words = f"按今天的规则会被拒绝：{refusal.message}"
        return Judgement("refused", len(stored), refusal.rule or command.rule, words)
    before = [one.event for one in stored]
    if today and today == before[: len(today)]:
        return Judgement("same", len(today), today[0].rule, "一致。")
    rule = _rule(today, before) or command.rule
    return Judgement("otherwise", len(stored), rule, "按今天的规则会作出不同的决定。", today)


def _rule(today: Sequence[Event], before: Sequence[Event]) -> str:
    """What the first event rests on that is not as it was."""
    for new, old in zip_longest(today, before):
        if new != old:
            return (new or old).rule
    return ""
