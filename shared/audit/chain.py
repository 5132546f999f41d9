"""What led to a decision: the way back to the message, the person or the clock that began it.

    for chain in chains(lines):
        chain.decision, chain.steps, chain.origin

An event names what caused it. Where that was a request of a person, what it rests on is what its
own stream had been told before, or what had been decided of the case: the way goes on from there,
and says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, Literal

from shared.audit.marks import TRACED, is_echo, mark_of
from shared.audit.timeline import TITLES, Line, actor

Link = Literal["decided", "caused", "followed", "stood"]
"""The decision itself; the event that caused the next one; one that its stream had before it; the
last decision of the case that stood when somebody began something new."""

PUBLISHER = "publisher:"
"""How the actor is called in whose name an outside system nominates."""

LINKS: dict[Link, str] = {
    "decided": "决定",
    "caused": "起因于",
    "followed": "此前已有",
    "stood": "当时已定",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One event on the way back. `leaf` says where its service's ledger keeps the proof."""

    line: Line
    link: Link

    @property
    def leaf(self) -> str:
        """Service, number of the leaf and the beginning of its hash."""
        return f"{self.line['service']}#{self.line['leaf_index']} {self.line['leaf_hash'][:12]}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message of an outside system, and the event by which it was answered or recorded."""

    id: str
    source: str
    publisher: str
    line: Line


@dataclass(frozen=True, slots=True)
class Chain:
    """A decision, the way back from it, and how that began, in words."""

    decision: Line
    steps: Sequence[Step]
    origin: str
    message: Message | None


def chains(lines: Sequence[Line]) -> list[Chain]:
    """The way back from each decision, in their order."""
    sent = {message.line["causation"]: message for message in messages(lines)}
    found = []
    for decided in decisions(lines):
        steps = way_back(lines, decided["id"])
        first = steps[-1].line
        message = sent.get(first["causation"]) if message_of(first) is not None else None
        found.append(Chain(decided, steps, origin_of(first, message), message))
    return found


def decisions(lines: Iterable[Line]) -> list[Line]:
    """Where something was decided, not only heard of."""
    return [line for line in lines if mark_of(line) in TRACED and not is_echo(line)]


def way_back(lines: Iterable[Line], one: str) -> list[Step]:
    """From this event to the first that can be known of, each event once."""
    by_id = {line["id"]: line for line in lines}
    steps = [Step(by_id[one], "decided")]
    passed = {one}
    while (step := _before(steps[-1].line, by_id)) is not None and step.line["id"] not in passed:
        steps.append(step)
        passed.add(step.line["id"])
    return steps


def _before(line: Line, by_id: Mapping[str, Line]) -> Step | None:
    cause = cause_of(line)
    if cause in by_id:
        return Step(by_id[cause], "caused")
    if message_of(line) is not None:
        return None
    earlier = [
        other
        for other in by_id.values()
        if (other["service"], other["stream"]) == (line["service"], line["stream"])
        and other["version"] < line["version"]
    ]
    earlier.sort(key=lambda other: int(other["version"]), reverse=True)
    heard = (
        other
        for other in earlier
        if (cause_of(other) in by_id or message_of(other)) and not _from_elsewhere(other, by_id)
    )
    if (found := next(heard, earlier[-1] if earlier else None)) is not None:
        return Step(found, "followed")
    return _decided_before(line, by_id)


def _from_elsewhere(line: Line, by_id: Mapping[str, Line]) -> bool:
    """Whether it came of a publisher's message about somebody else, as when a second nomination of
    the same person holds up the first: nothing of this case began with it."""
    while (cause := cause_of(line)) in by_id:
        line = by_id[cause]
    if message_of(line) is None or not line["actor"].startswith(PUBLISHER):
        return False
    answered = {one["causation"] for one in by_id.values() if "message_id" in one["data"]}
    return line["causation"] not in answered


def _decided_before(line: Line, by_id: Mapping[str, Line]) -> Step | None:
    """What somebody begins of his own accord rests on what was decided of the case by then."""
    known = takewhile(lambda other: other["id"] != line["id"], by_id.values())
    decided = [other for other in known if mark_of(other) in TRACED and not is_echo(other)]
    return Step(decided[-1], "stood") if decided else None


def cause_of(line: Line) -> str:
    """The id of what caused this; of a fact heard elsewhere, where it is recorded there."""
    source = line["data"].get("source")
    return str(source["event_id"]) if isinstance(source, dict) else str(line["causation"])


def message_of(line: Line) -> Message | None:
    """The outside message that this event answers or records, if it does."""
    data: Mapping[str, Any] = line["data"]
    if "message_id" in data:
        return Message(data["message_id"], data["source"], data["publisher"], line)
    if line["causation"].startswith("message:"):
        number = line["causation"].removeprefix("message:")
        sender = line["actor"].removeprefix(PUBLISHER)
        return Message(number, line["organisation"] or sender, sender, line)
    return None


def messages(lines: Iterable[Line]) -> list[Message]:
    """The outside messages of a case, each once: by its own id, and by what came of it first."""
    found: dict[str, Message] = {}
    for line in lines:
        if (message := message_of(line)) is not None:
            known = found.setdefault(line["causation"], message)
            if "message_id" in line["data"]:
                found[line["causation"]] = replace(message, line=known.line)
    return list(found.values())


def origin_of(line: Line, message: Message | None) -> str:
    """How the way began, in words."""
    if message is not None:
        return f"外部系统 {message.publisher} 的报文 {message.id}（来源 {message.source}）"
    kind, _, number = line["causation"].partition(":")
    match kind:
        case "request":
            return f"{actor(line)}的办理请求 {number}"
        case "retry" | "parked" | "discard":
            return f"运维处置 {line['causation']}"
        case _:
            source = line["data"].get("source")
            where = (
                TITLES[source["service"]] if isinstance(source, dict) else TITLES[line["service"]]
            )
            return f"{where}服务的事件 {cause_of(line)}（不在本件历史中）"
