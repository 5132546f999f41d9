"""One history out of three logs: by cause, never by the clocks of the machines."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given, strategies
from rich.console import Console
from rich.table import Table

from deploy.operations.terminal import console
from deploy.operations.timeline import plain_table, table, tables
from shared.audit.timeline import SERVICES, Timeline, heard_from, ordered

NINE = datetime(2019, 12, 10, 1, 0, tzinfo=UTC)


def line(
    service: str,
    name: str,
    minute: int,
    *,
    cause: str = "request",
    stream: str | None = None,
    version: int = 1,
    **also: Any,
) -> dict[str, Any]:
    """A line as a service answers it, at so many minutes after nine in Beijing."""
    return {
        "service": service,
        "id": name,
        "stream": stream or name,
        "version": version,
        "position": version,
        "event": f"{name}.v1",
        "title": "标题",
        "detail": "",
        "rules": ["S26"],
        "at": (NINE + timedelta(minutes=minute)).isoformat(),
        "actor_name": "测试经办",
        "causation": cause,
        "source": None,
        "data": {},
    } | also


def names(lines: Sequence[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in lines]


def case(*lines: dict[str, Any]) -> Timeline:
    return Timeline("good-1", lines, ())


def shown(drawn: Table, width: int = 140) -> str:
    """What is printed where there is no terminal."""
    console = Console(width=width, file=StringIO())
    console.print(drawn)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


RECEIVED = line("intake", "received", 0)
SHORTLISTED = line("review", "shortlisted", -60, cause="received")
NOTED = line("intake", "noted", 5, cause="shortlisted", stream="received", version=2)
CLEARED = line("review", "cleared", -58, cause="shortlisted", stream="shortlisted", version=2)
CONFERRED = line("publicity", "conferred", -600, cause="cleared")
CASE = (RECEIVED, SHORTLISTED, NOTED, CLEARED, CONFERRED)


class TestOrder:
    @pytest.mark.parametrize("answered", list(permutations(CASE)))
    def test_causes_come_before_effects_though_one_clock_is_an_hour_slow(
        self, answered: tuple[dict[str, Any], ...]
    ) -> None:
        told = names(ordered(answered))
        assert sorted(told) == sorted(names(CASE))
        for cause, effect in (
            ("received", "shortlisted"),
            ("shortlisted", "noted"),
            ("shortlisted", "cleared"),
            ("cleared", "conferred"),
        ):
            assert told.index(cause) < told.index(effect)

    def test_a_stream_keeps_its_own_order_whatever_the_clock_said(self) -> None:
        first, second, third = (
            line("intake", f"v{number}", -number, stream="one", version=number)
            for number in (1, 2, 3)
        )
        assert names(ordered([third, first, second])) == ["v1", "v2", "v3"]

    def test_what_has_nothing_to_do_with_each_other_goes_by_business_time(self) -> None:
        late, early = line("intake", "late", 2), line("publicity", "early", 1)
        assert names(ordered([late, early])) == ["early", "late"]

    def test_a_cause_that_the_case_does_not_show_holds_nothing_up(self) -> None:
        assert names(ordered([NOTED, CLEARED])) == ["cleared", "noted"]

    @given(strategies.data())
    def test_no_skew_of_the_clocks_turns_or_loses_anything(
        self, data: strategies.DataObject
    ) -> None:
        numbers = strategies.integers(-1000, 1000)
        lines: list[dict[str, Any]] = []
        for number in range(data.draw(strategies.integers(1, 12))):
            service = data.draw(strategies.sampled_from(SERVICES))
            lines.append(
                line(
                    service,
                    f"e{number}",
                    data.draw(numbers),
                    cause=data.draw(strategies.sampled_from(["request", *names(lines)])),
                    stream=f"{service} only",
                    version=number,
                )
            )
        told = ordered(data.draw(strategies.permutations(lines)))
        place = {one: index for index, one in enumerate(names(told))}
        assert place.keys() == set(names(lines))
        for one in told:
            assert place.get(one["causation"], -1) < place[one["id"]]
        for service in SERVICES:
            own = [one["version"] for one in told if one["service"] == service]
            assert all(earlier < later for earlier, later in pairwise(own))


class TestSource:
    def test_what_another_service_caused_was_heard_from_it(self) -> None:
        assert heard_from(CASE) == {
            "shortlisted": "intake",
            "noted": "review",
            "conferred": "review",
        }

    def test_a_milestone_names_its_source_also_where_that_is_not_shown(self) -> None:
        data = {"source": {"service": "review", "event_id": "elsewhere"}}
        assert heard_from([line("intake", "noted", 0, data=data)]) == {"noted": "review"}

    def test_the_system_that_sent_a_message_is_no_service(self) -> None:
        data = {"source": "https://hr.example.com"}
        assert heard_from([line("intake", "answered", 0, data=data)]) == {}


class TestTable:
    def test_an_event_is_one_line_with_everything_in_it(self) -> None:
        one = line("intake", "evaluated", 0, title="综合评审结果", detail="第2名，入围")
        *_, told = shown(table(case(one))).rstrip().splitlines()
        assert told.split() == [
            "2019-12-10",
            "09:00:00",
            "受理",
            "测试经办",
            "综合评审结果：第2名，入围",
            "evaluated",
            "S26",
        ]

    def test_what_was_heard_from_another_service_says_so(self) -> None:
        told = shown(table(case(*CASE)))
        assert [word in told for word in ("评审 ← 受理", "受理 ← 评审", "公示 ← 评审")] == [
            True
        ] * 3

    def test_a_timer_acts_under_the_name_of_its_service(self) -> None:
        assert "公示服务" in shown(
            table(case(line("publicity", "closed", 0, actor_name="publicity")))
        )

    @pytest.mark.parametrize("width", [60, 80, 140])
    def test_what_does_not_fit_is_broken_and_never_cut(self, width: int) -> None:
        detail = "，".join(f"第{number}项材料已经核对无误" for number in range(12))
        told = shown(table(case(line("intake", "received", 0, detail=detail, rules=[]))), width)
        assert "…" not in told
        assert f"标题：{detail}" in "".join(told.split())

    def test_several_histories_stand_under_their_names(self) -> None:
        told = shown(tables({"good-1": case(*CASE), "bad-1": case(RECEIVED)}))
        assert [word for word in told.split() if word in {"good-1", "bad-1"}] == ["good-1", "bad-1"]


def test_brackets_are_printed_as_somebody_wrote_them(capsys: pytest.CaptureFixture[str]) -> None:
    drawn = plain_table("[状态]", "项目", "内容")
    drawn.add_row("理由", "见附件[1] [/b] [a]书")
    console().print(drawn)
    said = capsys.readouterr().out
    assert "[状态]" in said
    assert "见附件[1] [/b] [a]书" in said
