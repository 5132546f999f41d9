"""Forms for any command, without JavaScript: a shape for each kind of field.

    shape = shape_of(body_of(AppointPanel))
    draft = shape.read(sent, "")            what was typed, as it was typed
    body = shape.body(draft, "")            what the command is made of
    node = shape.show(Place.root(...), draft)   what a page shows

A draft is what stands in a form: texts, and lists and mappings of drafts. It comes from a value
(to begin with) or from what a browser sent, and goes to a body or back onto the page; so whatever
was typed is still there when a command is refused. Shapes come from the JSON schema of a model,
which every model of ours has: nothing has to be told here of a new command.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from starlette.datastructures import FormData

from shared.clock import BEIJING
from shared.messages import Refused
from shared.web.words import choice_label, hint_of, label_of

NOTHING: Final = None
"""The draft's beginning, where no value is known."""

ABSENT: Final = object()
"""A field that the body does not name: the model's default holds, or it says what is missing."""

LONG = 200
"""Texts that may be longer than this get a field of several lines."""


class KeyTwice(Refused):
    """A table names each thing once."""

    code = "key_twice"
    rule = "S42"


class NoShape(TypeError):
    """A field of a kind that no form can have."""


@dataclass(frozen=True)
class Sent:
    """What a browser sent. `change` is the button for one row more or less that was pressed."""

    fields: FormData

    @property
    def change(self) -> str:
        """`add members` or `drop members.2`; empty when the command itself is meant."""
        return self.text("change")

    def text(self, name: str) -> str:
        """A field without the space around it, its lines ended as we end them."""
        value = self.fields.get(name)
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """All values under one name."""
        return [value for value in self.fields.getlist(name) if isinstance(value, str)]

    def rows(self, name: str) -> list[str]:
        """The rows of a list, each with a number, without the one that was to be dropped."""
        dropped = self.change.removeprefix("drop ")
        numbers = dict.fromkeys(one for one in self.texts(f"{name}.row") if one.isdecimal())
        return [one for one in numbers if f"{name}.{one}" != dropped]


@dataclass(frozen=True)
class Place:
    """Where a field stands: its name in the form, its path in the command, what it is called.

    `loose`: whether all of it may be left empty, so that no browser insists on one part.
    `fresh`: the name of a list that has just got a row.
    """

    name: str
    path: str
    label: str
    owner: str = ""
    required: bool = True
    loose: bool = False
    fresh: str = ""

    @property
    def key(self) -> str:
        """The last part of the path, by which words are found."""
        return self.name.rpartition(".")[2]

    def within(self, name: str, path: str, label: str, **changes: Any) -> "Place":
        """A place inside of this one."""
        return replace(
            self, name=join(self.name, name), path=join(self.path, path), label=label, **changes
        )


@dataclass(frozen=True)
class Node:
    """What the template shows of a field: see acts_parts.html."""

    kind: str
    place: Place
    value: Any = ""
    hint: str = ""
    attributes: Mapping[str, str] | None = None
    options: Sequence[tuple[str, str]] = ()
    inner: Sequence["Node"] = ()
    focus: bool = False

    def walk(self) -> Iterable["Node"]:
        """This node and all that are inside of it."""
        yield self
        for node in self.inner:
            yield from node.walk()


class Shape(ABC):
    """One kind of field."""

    @abstractmethod
    def draft(self, value: Any) -> Any:
        """What stands in the form for a value as JSON; `NOTHING` for none."""

    @abstractmethod
    def read(self, sent: Sent, name: str) -> Any:
        """What was typed."""

    @abstractmethod
    def body(self, draft: Any, path: str) -> Any:
        """What was typed, as JSON; `ABSENT` where nothing was."""

    @abstractmethod
    def show(self, place: Place, draft: Any) -> Node:
        """The draft on a page."""

    def untouched(self, draft: Any) -> bool:
        """Whether nobody has typed anything."""
        return bool(draft == self.draft(NOTHING))


@dataclass(frozen=True)
class Text(Shape):
    """A text; also numbers and ids, which the model reads from texts by itself."""

    kind: str = "text"
    least: int = 0
    most: int | None = None
    pattern: str = ""
    low: Any = None
    high: Any = None

    def draft(self, value: Any) -> str:
        """As it is written."""
        return "" if value is NOTHING else str(value)

    def read(self, sent: Sent, name: str) -> str:
        """As it was typed."""
        return sent.text(name)

    def body(self, draft: str, path: str) -> Any:
        """An empty text is one only where the model takes it."""
        return draft if draft or self.may_be_empty else ABSENT

    @property
    def may_be_empty(self) -> bool:
        """Whether the model takes an empty text."""
        return self.kind == "text" and not self.least and not self.pattern

    def show(self, place: Place, draft: str) -> Node:
        """One line or several."""
        kind = "area" if (self.most or 0) > LONG else "input"
        insists = place.required and not place.loose and not self.may_be_empty
        known = {
            "type": {"text": "text", "uuid": "text", "day": "date"}.get(self.kind, "number"),
            "step": {"integer": "1", "decimal": "any"}.get(self.kind),
            "min": self.low,
            "max": self.high,
            "minlength": self.least or None,
            "maxlength": 36 if self.kind == "uuid" else self.most,
            "required": "required" if insists else None,
        }
        if kind == "area":
            del known["type"]
        return Node(
            kind,
            place,
            draft,
            hint_of(place.key) or self.limits(),
            {name: str(value) for name, value in known.items() if value is not None},
        )

    def limits(self) -> str:
        """What the model takes, in words."""
        if self.low is not None and self.high is not None:
            return f"{self.low} 至 {self.high}"
        if self.low is not None:
            return f"不小于 {self.low}"
        if self.kind == "uuid":
            return "编号（36 位）"
        return f"至多 {self.most} 字" if self.kind == "text" and self.most else ""


@dataclass(frozen=True)
class Moment(Shape):
    """Date and time, in Beijing."""

    def draft(self, value: Any) -> str:
        """As a browser's field for time takes it."""
        if value is NOTHING:
            return ""
        local = datetime.fromisoformat(value).astimezone(BEIJING).replace(tzinfo=None)
        return local.isoformat(timespec="auto" if local.second or local.microsecond else "minutes")

    def read(self, sent: Sent, name: str) -> str:
        """As it was typed."""
        return sent.text(name)

    def body(self, draft: str, path: str) -> Any:
        """With the offset of Beijing, where it can be read at all."""
        try:
            moment = datetime.fromisoformat(draft)
        except ValueError:
            return draft or ABSENT
        return (moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)).isoformat()

    def show(self, place: Place, draft: str) -> Node:
        """A field for time, to the second where it has seconds."""
        attributes = {"type": "datetime-local"}
        if draft.count(":") > 1:
            attributes["step"] = "1"
        if place.required and not place.loose:
            attributes["required"] = "required"
        return Node("input", place, draft, hint_of(place.key) or "北京时间", attributes)


@dataclass(frozen=True)
class Flag(Shape):
    """Yes or no."""

    def draft(self, value: Any) -> bool:
        """No, where nothing is known."""
        return bool(value)

    def read(self, sent: Sent, name: str) -> bool:
        """Whether it was ticked."""
        return bool(sent.texts(name))

    def body(self, draft: bool, path: str) -> bool:
        """As it is."""
        return draft

    def show(self, place: Place, draft: bool) -> Node:
        """A box to tick."""
        return Node("check", place, draft, hint_of(place.key))


@dataclass(frozen=True)
class Pick(Shape):
    """One of several values."""

    values: tuple[Any, ...]

    def draft(self, value: Any) -> str:
        """Where there is but one value it is picked."""
        if value is NOTHING:
            return str(self.values[0]) if len(self.values) == 1 else ""
        return str(value)

    def read(self, sent: Sent, name: str) -> str:
        """The one that was picked."""
        return sent.text(name)

    def body(self, draft: str, path: str) -> Any:
        """The value behind it, which need not be a text."""
        return next((one for one in self.values if str(one) == draft), draft or ABSENT)

    def show(self, place: Place, draft: str) -> Node:
        """A list to pick from."""
        insists = place.required and not place.loose
        options = [(str(one), choice_label(one)) for one in self.values]
        if not insists or not draft:
            options.insert(0, ("", "请选择" if place.required else "（不填）"))
        attributes = {"required": "required"} if insists else {}
        return Node("select", place, draft, hint_of(place.key), attributes, options)


@dataclass(frozen=True)
class Picks(Shape):
    """Any of several values."""

    values: tuple[Any, ...]

    def draft(self, value: Any) -> list[str]:
        """Those that are ticked."""
        return [str(one) for one in value or ()]

    def read(self, sent: Sent, name: str) -> list[str]:
        """Those that were ticked."""
        return sent.texts(name)

    def body(self, draft: list[str], path: str) -> list[Any]:
        """The values behind them."""
        known = {str(one): one for one in self.values}
        return [known.get(one, one) for one in draft]

    def show(self, place: Place, draft: list[str]) -> Node:
        """A box for each."""
        options = [(str(one), choice_label(one)) for one in self.values]
        return Node("checks", place, draft, hint_of(place.key), {}, options)


@dataclass(frozen=True)
class Lines(Shape):
    """Several short values, one a line."""

    item: Shape

    def draft(self, value: Any) -> str:
        """Line after line."""
        return "\n".join(str(self.item.draft(one)) for one in value or ())

    def read(self, sent: Sent, name: str) -> str:
        """As it was typed."""
        return sent.text(name)

    def body(self, draft: str, path: str) -> list[Any]:
        """Each line that is not empty."""
        lines = [line.strip() for line in draft.split("\n") if line.strip()]
        return [self.item.body(line, f"{path}.{place}") for place, line in enumerate(lines)]

    def show(self, place: Place, draft: str) -> Node:
        """A field of several lines."""
        return Node("area", place, draft, " ".join(["每行一项", hint_of(place.key)]).strip(), {})


@dataclass(frozen=True)
class Member:
    """A field of a model."""

    name: str
    shape: Shape
    title: str = ""
    required: bool = True
    default: Any = None
    nullable: bool = False

    def label(self, owner: str) -> str:
        """What it is called."""
        return self.title or label_of(self.name, owner)

    def body(self, draft: Any, path: str) -> Any:
        """Left empty, it is nothing where it may be; a default that was emptied is not the default.

        Only a field that begins empty may be absent.
        """
        if self.nullable and draft == "":
            return None
        value = self.shape.body(draft, path)
        if value is ABSENT and not self.required and self.default is not None:
            return ""
        return value


@dataclass(frozen=True)
class Group(Shape):
    """A model: its fields, in its order."""

    title: str
    members: tuple[Member, ...]

    def draft(self, value: Any) -> dict[str, Any]:
        """Field by field, with the model's defaults."""
        known = value or {}
        return {one.name: one.shape.draft(known.get(one.name, one.default)) for one in self.members}

    def read(self, sent: Sent, name: str) -> dict[str, Any]:
        """Field by field."""
        return {one.name: one.shape.read(sent, join(name, one.name)) for one in self.members}

    def body(self, draft: dict[str, Any], path: str) -> dict[str, Any]:
        """Those that say something."""
        said = {one.name: one.body(draft[one.name], join(path, one.name)) for one in self.members}
        return {name: value for name, value in said.items() if value is not ABSENT}

    def show(self, place: Place, draft: dict[str, Any]) -> Node:
        """A fieldset."""
        return Node("group", place, inner=self.fields(place, draft))

    def fields(self, place: Place, draft: dict[str, Any]) -> list[Node]:
        """The fields alone."""
        return [
            one.shape.show(
                place.within(
                    one.name,
                    one.name,
                    one.label(self.title),
                    owner=self.title,
                    required=one.required and not one.nullable,
                ),
                draft[one.name],
            )
            for one in self.members
        ]

    def fits(self, value: Any) -> bool:
        """Whether a value as JSON can be of this model."""
        if not isinstance(value, dict) or value.keys() - {one.name for one in self.members}:
            return False
        needed = {one.name for one in self.members if one.required}
        single = {one.name: one.shape for one in self.members if isinstance(one.shape, Pick)}
        return needed <= value.keys() and all(
            value[name] in pick.values for name, pick in single.items() if name in value
        )


@dataclass(frozen=True)
class Perhaps(Shape):
    """What may be left out as a whole: a box to tick, and then the rest counts."""

    inner: Shape

    def draft(self, value: Any) -> dict[str, Any]:
        """Left out, where nothing is known."""
        return {"given": value is not NOTHING, "inner": self.inner.draft(value)}

    def read(self, sent: Sent, name: str) -> dict[str, Any]:
        """Whether it was ticked, and the rest."""
        return {"given": bool(sent.texts(f"{name}.given")), "inner": self.inner.read(sent, name)}

    def body(self, draft: dict[str, Any], path: str) -> Any:
        """What was typed without the tick would be lost silently, so it counts too."""
        if not draft["given"] and self.inner.untouched(draft["inner"]):
            return None
        return self.inner.body(draft["inner"], path)

    def show(self, place: Place, draft: dict[str, Any]) -> Node:
        """The box above the rest."""
        loose = replace(place, loose=True, required=False)
        return Node(
            "perhaps", loose, draft["given"], inner=[self.inner.show(loose, draft["inner"])]
        )


@dataclass(frozen=True)
class Rows(Shape):
    """Several of a kind: each a fieldset, and buttons for one more and one less."""

    item: Shape

    def draft(self, value: Any) -> list[Any]:
        """One draft for each."""
        return [self.item.draft(one) for one in value or ()]

    def read(self, sent: Sent, name: str) -> list[Any]:
        """The rows; when the command itself is meant, those in which something was typed."""
        rows = [self.item.read(sent, f"{name}.{row}") for row in sent.rows(name)]
        if not sent.change:
            return [row for row in rows if not self.item.untouched(row)]
        if sent.change == f"add {name}":
            rows.append(self.item.draft(NOTHING))
        return rows

    def body(self, draft: list[Any], path: str) -> list[Any]:
        """All of them."""
        return [self.item.body(row, join(path, str(place))) for place, row in enumerate(draft)]

    def show(self, place: Place, draft: list[Any]) -> Node:
        """At least one to begin with, where one is needed."""
        rows = draft or ([self.item.draft(NOTHING)] if place.required else [])
        inner = [
            self.item.show(
                place.within(str(at), str(at), f"{place.label} {at + 1}", loose=True), row
            )
            for at, row in enumerate(rows)
        ]
        return Node("rows", place, hint=hint_of(place.key), inner=with_focus(inner, place))


@dataclass(frozen=True)
class Table(Shape):
    """Values by key, each a row of two fields."""

    key: Shape
    item: Shape

    def pristine(self) -> dict[str, Any]:
        """A row in which nothing was typed."""
        return {"key": self.key.draft(NOTHING), "value": self.item.draft(NOTHING)}

    def draft(self, value: Any) -> list[dict[str, Any]]:
        """Row by row."""
        return [
            {"key": self.key.draft(key), "value": self.item.draft(one)}
            for key, one in (value or {}).items()
        ]

    def read(self, sent: Sent, name: str) -> list[dict[str, Any]]:
        """As in `Rows`."""
        rows = [
            {
                "key": self.key.read(sent, f"{name}.{row}.key"),
                "value": self.item.read(sent, f"{name}.{row}.value"),
            }
            for row in sent.rows(name)
        ]
        if not sent.change:
            return [row for row in rows if row != self.pristine()]
        if sent.change == f"add {name}":
            rows.append(self.pristine())
        return rows

    def body(self, draft: list[dict[str, Any]], path: str) -> dict[str, Any]:
        """By key.

        Raises:
            KeyTwice: two rows have the same.
        """
        said: dict[str, Any] = {}
        for row in draft:
            if row["key"] in said:
                raise KeyTwice(f"“{row['key']}”填写了两次，请合并为一行", field=path)
            value = self.item.body(row["value"], join(path, row["key"]))
            said[row["key"]] = "" if value is ABSENT else value
        return said

    def show(self, place: Place, draft: list[dict[str, Any]]) -> Node:
        """Row by row, at least one to begin with, where one is needed."""
        rows = draft or ([self.pristine()] if place.required else [])
        return Node(
            "rows",
            place,
            hint=hint_of(place.key),
            inner=with_focus([self.row(place, at, row) for at, row in enumerate(rows)], place),
        )

    def row(self, place: Place, at: int, row: dict[str, Any]) -> Node:
        """Key and value; what the model says of this key is said at the value."""
        inside = place.within(str(at), row["key"], f"{place.label} {at + 1}", loose=True)
        key = label_of("key", place.key)
        value = label_of("value", place.key)
        return Node(
            "pair",
            replace(inside, path=join(inside.path, "[key]")),
            inner=[
                self.key.show(inside.within("key", "[key]", key), row["key"]),
                self.item.show(
                    replace(inside, name=join(inside.name, "value"), label=value), row["value"]
                ),
            ],
        )


@dataclass(frozen=True)
class Either(Shape):
    """One of several models: a list to pick from, and the fields of each."""

    models: tuple[Group, ...]

    def draft(self, value: Any) -> dict[str, Any]:
        """The first model that the value can be of."""
        chosen = next((one.title for one in self.models if one.fits(value)), "")
        return {
            "chosen": chosen,
            **{one.title: one.draft(value if one.title == chosen else None) for one in self.models},
        }

    def read(self, sent: Sent, name: str) -> dict[str, Any]:
        """What was picked, and all that was typed."""
        return {
            "chosen": sent.text(f"{name}.chosen"),
            **{one.title: one.read(sent, f"{name}.{one.title}") for one in self.models},
        }

    def body(self, draft: dict[str, Any], path: str) -> Any:
        """The fields of the one that was picked."""
        chosen = next((one for one in self.models if one.title == draft["chosen"]), None)
        return ABSENT if chosen is None else chosen.body(draft[chosen.title], path)

    def show(self, place: Place, draft: dict[str, Any]) -> Node:
        """The list, and a fieldset for each model."""
        inner = [
            one.show(
                replace(
                    place,
                    name=f"{place.name}.{one.title}",
                    label=label_of(one.title),
                    loose=True,
                ),
                draft[one.title],
            )
            for one in self.models
        ]
        options = [("", "请选择"), *((one.title, label_of(one.title)) for one in self.models)]
        return Node("either", place, draft["chosen"], hint_of(place.key), {}, options, inner)


def with_focus(rows: list[Node], place: Place) -> list[Node]:
    """The rows; where one was just added, its first field is where typing goes on."""
    if place.fresh != place.name or not rows:
        return rows
    return [*rows[:-1], focused(rows[-1])]


def focused(node: Node) -> Node:
    """The node with the focus on its first field."""
    if not node.inner:
        return replace(node, focus=True)
    return replace(node, inner=[focused(node.inner[0]), *node.inner[1:]])


def join(path: str, name: str) -> str:
    """`members` and `0` as `members.0`."""
    return f"{path}.{name}" if path else name


# from a model


class Untitled(GenerateJsonSchema):
    """Titles only where a field was given one: those that are made up are English."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        return False


@cache
def shape_of(model: type[BaseModel]) -> Group:
    """The form of a model.

    Raises:
        NoShape: one of its fields is of a kind that no form can have.
    """
    schema = model.model_json_schema(schema_generator=Untitled)
    shape = shape_in(schema, schema.get("$defs", {}))
    if not isinstance(shape, Group):
        raise NoShape(model.__name__)
    return shape


def shape_in(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Shape:
    """The shape of what a schema allows."""
    schema = resolved(schema, known)
    if "const" in schema:
        return Pick((schema["const"],))
    if "enum" in schema:
        return Pick(tuple(schema["enum"]))
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return shape_among([resolved(one, known) for one in choices], known)
    match schema.get("type"):
        case "boolean":
            return Flag()
        case "string" | "integer" | "number" as kind:
            return scalar(kind, schema)
        case "array" if "items" in schema:
            return shape_of_list(shape_in(schema["items"], known))
        case "object" if "properties" in schema or "additionalProperties" not in schema:
            return group(schema, known)
        case "object" if isinstance(schema["additionalProperties"], dict):
            key = shape_in({"type": "string", **schema.get("propertyNames", {})}, known)
            return Table(key, shape_in(schema["additionalProperties"], known))
        case "object" if schema["additionalProperties"] is False:
            return group(schema, known)
        case _:
            raise NoShape(str(schema))


def resolved(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that is meant."""
    while (name := schema.get("$ref")) is not None:
        schema = known[name.rpartition("/")[2]]
    return schema


def scalar(kind: str, schema: Mapping[str, Any]) -> Shape:
    """A text, a number, a date, a time or an id."""
    if kind == "string":
        if schema.get("format") == "date-time":
            return Moment()
        kind = {"date": "day", "uuid": "uuid"}.get(schema.get("format", ""), "text")
    return Text(
        {"number": "decimal"}.get(kind, kind),
        schema.get("minLength", 0),
        schema.get("maxLength"),
        schema.get("pattern", ""),
        schema.get("minimum"),
        schema.get("maximum"),
    )


def shape_among(choices: Sequence[Mapping[str, Any]], known: Mapping[str, Any]) -> Shape:
    """The shape of what one of several schemas allows."""
    some = [one for one in choices if one.get("type") != "null"]
    if len(some) < len(choices):
        shape = shape_among(some, known)
        return shape if isinstance(shape, Text | Moment | Pick) else perhaps(shape)
    if len(some) == 1:
        return shape_in(some[0], known)
    shapes = [shape_in(one, known) for one in some]
    if numbers := [one for one in shapes if isinstance(one, Text) and one.kind == "decimal"]:
        return numbers[0]
    models = [one for one in shapes if isinstance(one, Group)]
    if len(models) == len(shapes):
        return Either(tuple(models))
    if all(isinstance(one, Text | Moment | Pick) for one in shapes):
        return Text()
    raise NoShape(str(choices))


def perhaps(shape: Shape) -> Shape:
    """What may be nothing: yes, no, or neither; or all of it, or none."""
    return Pick((True, False)) if isinstance(shape, Flag) else Perhaps(shape)


def shape_of_list(item: Shape) -> Shape:
    """Boxes, lines or rows."""
    match item:
        case Pick(values=values):
            return Picks(values)
        case Text() | Moment():
            return Lines(item)
        case _:
            return Rows(item)


def group(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Group:
    """The shape of a model."""
    needed = schema.get("required", ())
    return Group(
        schema.get("title", ""),
        tuple(
            Member(
                name,
                shape_in(one, known),
                one.get("title", ""),
                name in needed,
                one.get("default"),
                nullable(one),
            )
            for name, one in schema.get("properties", {}).items()
        ),
    )


def nullable(schema: Mapping[str, Any]) -> bool:
    """Whether it may be nothing."""
    return any(one.get("type") == "null" for one in schema.get("anyOf", ()))
