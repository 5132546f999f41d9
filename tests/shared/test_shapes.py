"""Forms made from commands: whatever a command says survives the way over a page and back."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from starlette.datastructures import FormData

from services import intake, publicity, review
from shared.identity import ROLES
from shared.messages import Command, Message
from shared.web.acts import PAGES
from shared.web.commands import body_of
from shared.web.shapes import Group, KeyTwice, NoShape, Place, Sent, shape_of
from shared.web.words import LABELS, act_title, aggregate_title

PLANS = (intake.PLAN, review.PLAN, publicity.PLAN)
COMMANDS = [
    pytest.param(command, id=f"{decider.name}.{command.name}")
    for plan in PLANS
    for decider in plan.owns
    for command in decider.commands
    if command.may & ROLES and not command.inside
]
"""What people may ask on a page."""


# as a browser does it


def html_of(shape: Group, draft: Any, fresh: str = "") -> BeautifulSoup:
    """The fields as a page shows them."""
    template = PAGES._environment.get_template("acts_parts.html")
    macros: Any = template.make_module({"at_fault": {}})
    nodes = shape.fields(Place("act", "", "", fresh=fresh), draft)
    return BeautifulSoup("".join(str(macros.field(node)) for node in nodes), "html.parser")


def sent_by(page: BeautifulSoup, **typed: str) -> Sent:
    """What a browser sends of it, with what was typed into some fields."""
    fields: list[tuple[str, str]] = []
    for one in page.find_all(["input", "textarea", "select"]):
        name = str(one["name"])
        if name not in typed and (value := value_of(one)) is not None:
            fields.append((name, value))
    return Sent(FormData([*fields, *typed.items()]))


def value_of(field: Tag) -> str | None:
    """A field's value, if it is sent."""
    match field.name:
        case "textarea":
            return field.get_text().removeprefix("\n").replace("\n", "\r\n")
        case "select":
            chosen = field.find("option", selected=True) or field.find("option")
            return str(chosen["value"]) if isinstance(chosen, Tag) else None
        case _ if field.get("type") == "checkbox" and not field.has_attr("checked"):
            return None
        case _:
            return str(field.get("value", ""))


def over_the_page(model: type[BaseModel], value: Any) -> Any:
    """A value, shown and sent back without a touch."""
    shape = shape_of(model)
    draft = shape.read(sent_by(html_of(shape, shape.draft(value))), "act")
    return shape.body(draft, "")


# any command


def values(schema: Mapping[str, Any], known: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Values as JSON that a schema allows, and that somebody could type."""
    if "$ref" in schema:
        return values(known[schema["$ref"].rpartition("/")[2]], known)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if some := schema.get("anyOf") or schema.get("oneOf"):
        return st.one_of(*(values(one, known) for one in some))
    match schema["type"]:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer" | "number":
            return numbers(schema)
        case "array":
            return lists(schema, known)
        case "object":
            return objects(schema, known)
        case _:
            return texts(schema)


def numbers(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Whole numbers, or such with two decimals."""
    least = schema.get("minimum", 0)
    most = schema.get("maximum", least + 5000)
    if schema["type"] == "integer":
        return st.integers(least, most)
    hundredths = st.integers(int(least * 100), int(most * 100))
    return hundredths.map(lambda one: str(Decimal(one) / 100))


def lists(schema: Mapping[str, Any], known: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """A few, each different."""
    if "enum" in schema["items"]:
        return subsets(schema["items"]["enum"])
    return st.lists(
        values(schema["items"], known),
        min_size=schema.get("minItems", 0),
        max_size=schema.get("maxItems", 3),
        unique_by=str,
    )


def objects(schema: Mapping[str, Any], known: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """A model, some of its optional fields left out; or a table."""
    if schema.get("additionalProperties"):
        keys = values({"type": "string", "minLength": 1, **schema.get("propertyNames", {})}, {})
        return st.dictionaries(keys, values(schema["additionalProperties"], known), max_size=3)
    needed = schema.get("required", ())
    fields = {name: values(one, known) for name, one in schema.get("properties", {}).items()}
    return st.fixed_dictionaries(
        {name: one for name, one in fields.items() if name in needed},
        optional={name: one for name, one in fields.items() if name not in needed},
    )


def subsets(options: list[str]) -> st.SearchStrategy[list[str]]:
    """Some of them, in the order in which a page lists them."""
    return st.sets(st.sampled_from(options)).map(lambda some: [o for o in options if o in some])


def texts(schema: Mapping[str, Any]) -> st.SearchStrategy[str]:
    """Texts of a form."""
    match schema.get("format"):
        case "uuid":
            return st.uuids().map(str)
        case "date":
            return st.dates().map(str)
        case "date-time":
            aware = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001
            return aware.map(lambda at: at.replace(tzinfo=UTC).isoformat())
        case _:
            return patterned(schema) if "pattern" in schema else free(schema)


def patterned(schema: Mapping[str, Any]) -> st.SearchStrategy[str]:
    """Texts of a certain form."""
    plain = str(schema["pattern"]).replace(r"\p{Han}", "[一-龥]")
    found = st.from_regex(plain.replace(r"\S", "[!-~]"), fullmatch=True)
    return found.filter(lambda text: text.isprintable() and text == text.strip())


def free(schema: Mapping[str, Any]) -> st.SearchStrategy[str]:
    """Texts with all that a page could stumble over."""
    letters = st.sampled_from("港区工匠张三abcXYZ019 <>&\"'，。")
    least = max(1, schema.get("minLength", 0))
    text = st.text(letters, min_size=least, max_size=min(schema.get("maxLength", 30), 30))
    return text.filter(lambda one: one == one.strip())


@pytest.mark.parametrize("command", COMMANDS)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_command_comes_back_from_its_form_as_it_was(
    command: type[Command], data: st.DataObject
) -> None:
    """Shown as a page, sent by a browser that touched nothing, and read again."""
    model = body_of(command)
    schema = model.model_json_schema()
    value = data.draw(values(schema, schema.get("$defs", {})))
    try:
        meant = model.model_validate(value)
    except ValidationError:
        assume(False)
    assert model.model_validate(over_the_page(model, meant.model_dump(mode="json"))) == meant


def unfolded(command: type[Command]) -> BeautifulSoup:
    """The form as it begins, with a row in each of its lists, and in the lists in those."""
    shape = shape_of(body_of(command))
    page = html_of(shape, shape.draft(None))
    while empty := [
        str(button["value"])
        for button in page.select('button[value^="add "]')
        if not page.select(f'[name="{str(button["value"]).removeprefix("add ")}.row"]')
    ]:
        page = html_of(shape, shape.read(sent_by(page, change=empty[0]), "act"))
    return page


@pytest.mark.parametrize("command", COMMANDS)
def test_every_field_of_a_form_has_a_label_and_every_id_is_there_once(
    command: type[Command],
) -> None:
    """WCAG 1.3.1, 3.3.2, 4.1.1."""
    page = unfolded(command)
    ids = [str(one["id"]) for one in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    labelled = {str(label["for"]) for label in page.select("label[for]")}
    for field in page.select('input:not([type="hidden"]), textarea, select'):
        assert field.get("id") in labelled or field.find_parent("label")
        assert set(str(field.get("aria-describedby", "")).split()) <= set(ids)
    for fieldset in page.find_all("fieldset"):
        assert fieldset.find("legend", recursive=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_what_people_fill_in_is_called_by_chinese_words(command: type[Command]) -> None:
    """Where a word is missing the field's own name would show: it belongs into words.py."""
    if command.inside or not command.may & ROLES:
        return
    for named in unfolded(command).select("label, legend, option"):
        assert re.search("[一-龥]", named.get_text()), named.get_text()


@pytest.mark.parametrize("command", COMMANDS)
def test_what_people_can_do_is_called_by_chinese_words(command: type[Command]) -> None:
    """As above, for the command itself."""
    if not command.inside and command.may & ROLES:
        assert act_title(command.name) != command.name


def test_every_aggregate_is_called_by_chinese_words() -> None:
    for plan in PLANS:
        for decider in plan.owns:
            assert aggregate_title(decider.name) != decider.name


# single kinds of fields


class Part(Message):
    """Something of which there are several."""

    code: str = Field(min_length=1)
    weight: int = 1


class ByDay(Message):
    """One of two kinds."""

    kind: Literal["day"]
    days: int


class ByName(Message):
    """The other kind."""

    kind: Literal["name"]
    name: str = Field(min_length=1)


class Everything(Message):
    """A field of each kind."""

    note: str = Field(default="", title="附言")
    reason: str = Field(min_length=1, max_length=500)
    count: int = 7
    at: AwareDatetime | None = None
    sure: bool | None = None
    parts: tuple[Part, ...] = ()
    marks: dict[str, Decimal] = Field(default={})
    units: dict[UUID, tuple[str, ...]] = Field(default={})
    lines: tuple[str, ...] = ()
    part: Part | None = None
    how: Annotated[ByDay | ByName, Field(discriminator="kind")] | None = None


REASONED = {"act.reason": "可以"}


def typed(draft: Any = None, **fields: str) -> Any:
    """The body that comes of these fields."""
    shape = shape_of(Everything)
    page = html_of(shape, shape.draft(draft))
    return shape.body(shape.read(sent_by(page, **REASONED, **fields), "act"), "")


def test_a_field_goes_by_its_own_title_first() -> None:
    page = html_of(shape_of(Everything), shape_of(Everything).draft(None))
    label = page.find("label", attrs={"for": "act.note"})
    assert isinstance(label, Tag)
    assert label.get_text().split() == ["附言", "选填"]
    label = page.find("label", attrs={"for": "act.reason"})
    assert isinstance(label, Tag)
    assert label.get_text() == LABELS["reason"]


def test_a_time_is_that_of_beijing() -> None:
    said = typed(**{"act.at": "2019-12-11T09:00"})
    assert said["at"] == "2019-12-11T09:00:00+08:00"
    shape = shape_of(Everything)
    shown = html_of(shape, shape.draft({"reason": "x", "at": "2019-12-11T01:00:00Z"}))
    field = shown.find("input", attrs={"name": "act.at"})
    assert isinstance(field, Tag)
    assert field["value"] == "2019-12-11T09:00"


def test_what_is_no_time_goes_to_the_model_as_it_was_typed() -> None:
    with pytest.raises(ValidationError, match="datetime"):
        Everything.model_validate(typed(**{"act.at": "昨天"}))


def test_what_may_be_left_out_and_is_left_empty_is_nothing() -> None:
    assert Everything.model_validate(typed()) == Everything(reason="可以")


def test_a_number_that_was_there_and_was_emptied_is_not_silently_there_again() -> None:
    with pytest.raises(ValidationError, match="count"):
        Everything.model_validate(typed(**{"act.count": ""}))


def test_a_text_that_must_be_there_is_missing_when_it_is_left_empty() -> None:
    shape = shape_of(Everything)
    said = shape.body(shape.draft(None), "")
    with pytest.raises(ValidationError) as refused:
        Everything.model_validate(said)
    assert [(one["loc"], one["type"]) for one in refused.value.errors()] == [
        (("reason",), "missing")
    ]


@pytest.mark.parametrize(("picked", "meant"), [("", None), ("True", True), ("False", False)])
def test_yes_and_no_and_neither_are_three_answers(picked: str, meant: bool | None) -> None:
    assert Everything.model_validate(typed(**{"act.sure": picked})).sure is meant


def test_what_was_typed_counts_even_if_the_box_above_it_was_not_ticked() -> None:
    said = Everything.model_validate(typed(**{"act.part.code": "A"}))
    assert said.part == Part(code="A")


def test_one_of_two_kinds_is_the_one_that_was_picked() -> None:
    said = typed(
        **{
            "act.how.chosen": "ByName",
            "act.how.ByName.kind": "name",
            "act.how.ByName.name": "甲",
            "act.how.ByDay.days": "3",
        }
    )
    assert Everything.model_validate(said).how == ByName(kind="name", name="甲")


def test_a_row_in_which_nothing_was_typed_is_none() -> None:
    shape = shape_of(Everything)
    draft = shape.draft({"parts": [{"code": "A", "weight": 2}]})
    draft = shape.read(sent_by(html_of(shape, draft), change="add act.parts"), "act")
    page = html_of(shape, draft, fresh="act.parts")
    assert page.find("input", attrs={"name": "act.parts.1.code", "autofocus": True})
    said = shape.body(shape.read(sent_by(page, **REASONED), "act"), "")
    assert Everything.model_validate(said).parts == (Part(code="A", weight=2),)


def test_a_row_can_be_dropped_and_the_others_stay() -> None:
    shape = shape_of(Everything)
    draft = shape.draft({"parts": [{"code": "A"}, {"code": "B"}, {"code": "C"}]})
    sent = sent_by(html_of(shape, draft), change="drop act.parts.1")
    assert [one["code"] for one in shape.read(sent, "act")["parts"]] == ["A", "C"]


def test_a_table_names_each_thing_once() -> None:
    shape = shape_of(Everything)
    draft = shape.draft({"reason": "x", "marks": {"A": "1"}})
    draft["marks"].append({"key": "A", "value": "2"})
    with pytest.raises(KeyTwice) as refused:
        shape.body(draft, "")
    assert refused.value.field == "marks"


def test_lines_and_tables_of_lines_are_read_line_by_line() -> None:
    said = typed(**{"act.lines": " 甲 \r\n\r\n乙\r\n"})
    assert said["lines"] == ["甲", "乙"]
    unit = "33333333-3333-5333-8333-333333333333"
    assert over_the_page(Everything, {"reason": "x", "units": {unit: ["甲", "乙"]}})["units"] == {
        unit: ["甲", "乙"]
    }


class Strange(Message):
    """A field that no form can have."""

    anything: tuple[int, str]


def test_what_no_form_can_have_is_said() -> None:
    with pytest.raises(NoShape):
        shape_of(Strange)
