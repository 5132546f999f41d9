"""Asking a stock nameko service without nameko, and answers that the broker does not keep."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pika
import pytest

from deploy.local.broker import drop_broker, management, prepare_broker
from deploy.local.ports import free_ports
from deploy.local.servers import Servers
from deploy.local.waiting import wait_until
from shared.asking import EXCHANGE, Asker, FailedThere, NotAnswered, UnknownService
from shared.recorder import PASSING
from shared.topology import rpc_queue

ROOT = Path(__file__).parents[2]

PROJECT = """\
from eventlet import sleep

from shared.answering import fleeting_rpc, rpc


class Oracle:
    name = "oracle"

    @rpc
    def repeat(self, words, times=1):
        return {"said": [words] * times}

    @rpc
    def nothing(self):
        return None

    @rpc
    def fall_silent(self):
        sleep(30)

    @rpc
    def fail(self, words):
        raise LookupError(words)

    @fleeting_rpc
    def whisper(self, words):
        return words

    @fleeting_rpc
    def choke(self, words):
        raise LookupError(words)
"""


@pytest.fixture(scope="module")
def amqp_url(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A virtual host in which the oracle listens."""
    directory = tmp_path_factory.mktemp("oracle")
    broker = prepare_broker(servers, "test_asking", {}, directory)
    with oracle(broker.admin_url, directory):
        yield broker.admin_url
    drop_broker(servers, "test_asking")


@contextmanager
def oracle(amqp_url: str, directory: Path) -> Iterator[None]:
    (directory / "oracle.py").write_text(PROJECT)
    nameko, file = Path(sys.executable).with_name("nameko"), directory / "log"
    with file.open("wb") as log, channel(amqp_url) as asked:
        process = subprocess.Popen(
            [nameko, "run", "--broker", amqp_url, "oracle"],
            cwd=directory,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        asked.exchange_declare(EXCHANGE, "topic", durable=True)
        queue = asked.queue_declare(rpc_queue("oracle"), durable=False)
        try:
            wait_until(
                lambda: process.poll() is not None or listens(asked, queue.method.queue),
                what="the oracle",
                seconds=20,
            )
            assert process.poll() is None, file.read_text()
            yield
        finally:
            process.kill()
            process.wait()


def listens(channel: Any, queue: str) -> bool:
    """Whether somebody reads this queue."""
    return bool(channel.queue_declare(queue, passive=True).method.consumer_count)


@contextmanager
def channel(amqp_url: str) -> Iterator[Any]:
    parameters = pika.URLParameters(amqp_url)
    parameters.heartbeat = 0
    with closing(pika.BlockingConnection(parameters)) as connection:
        yield connection.channel()


@pytest.fixture
def asker(amqp_url: str) -> Asker:
    return Asker(amqp_url, seconds=10)


# what is answered


def test_a_stock_service_answers(asker: Asker) -> None:
    assert asker.ask("oracle", "repeat", words="工匠") == {"said": ["工匠"]}
    assert asker.ask("oracle", "repeat", words="工匠", times=2) == {"said": ["工匠", "工匠"]}
    assert asker.ask("oracle", "nothing") is None


def test_a_fleeting_answer_is_an_answer_like_any_other(asker: Asker) -> None:
    assert asker.ask("oracle", "whisper", words="工匠") == "工匠"


@pytest.mark.parametrize("method", ["fail", "choke"])
def test_a_fault_over_there_is_named_without_its_words(asker: Asker, method: str) -> None:
    with pytest.raises(FailedThere) as failed:
        asker.ask("oracle", method, words="测试甲")
    assert str(failed.value) == "LookupError"


@pytest.mark.parametrize("question", [{"phrase": "工匠"}, {}])
def test_what_the_method_does_not_take_is_a_fault(asker: Asker, question: dict[str, str]) -> None:
    with pytest.raises(FailedThere, match="IncorrectSignature"):
        asker.ask("oracle", "repeat", **question)


def test_a_method_that_is_not_there_is_a_fault(asker: Asker) -> None:
    with pytest.raises(FailedThere, match="MethodNotFound"):
        asker.ask("oracle", "sing")


# what is not answered


def test_a_service_that_nobody_runs_is_unknown_at_once(asker: Asker) -> None:
    with pytest.raises(UnknownService, match="nobody"):
        asker.ask("nobody", "repeat")


def test_who_waits_in_vain_gives_up(amqp_url: str) -> None:
    with pytest.raises(NotAnswered, match="no answer within"):
        Asker(amqp_url, seconds=0.3).ask("oracle", "fall_silent")


def test_a_question_nobody_waits_for_any_more_is_not_put(amqp_url: str) -> None:
    """A service that comes back must not open anything for somebody who has long gone."""
    with channel(amqp_url) as asked:
        asked.exchange_declare(EXCHANGE, "topic", durable=True)
        asked.queue_declare("rpc-asleep", exclusive=True)
        asked.queue_bind("rpc-asleep", EXCHANGE, "asleep.*")
        with pytest.raises(NotAnswered):
            Asker(amqp_url, seconds=0.2).ask("asleep", "repeat")
        wait_until(lambda: waiting(asked, "rpc-asleep") == 0, what="the question's end", seconds=5)


def waiting(channel: Any, queue: str) -> int:
    count: int = channel.queue_declare(queue, passive=True).method.message_count
    return count


def test_without_a_broker_nobody_answers() -> None:
    (port,) = free_ports(1)
    with pytest.raises(NotAnswered):
        Asker(f"amqp://guest:guest@127.0.0.1:{port}/", seconds=1).ask("oracle", "nothing")


def test_what_is_not_answered_passes_by_itself() -> None:
    assert issubclass(UnknownService, NotAnswered)
    assert issubclass(NotAnswered, PASSING)
    assert not issubclass(FailedThere, PASSING)


# what the broker keeps


@pytest.mark.parametrize(("method", "delivery_mode"), [("repeat", 2), ("whisper", 1), ("choke", 1)])
def test_a_fleeting_answer_is_never_written_to_the_brokers_disk(
    amqp_url: str, method: str, delivery_mode: int
) -> None:
    """P3: nameko's own answers are persistent."""
    with channel(amqp_url) as asked:
        asked.queue_declare("answers", exclusive=True)
        asked.queue_bind("answers", EXCHANGE, "answers")
        asked.basic_publish(
            EXCHANGE,
            f"oracle.{method}",
            json.dumps({"args": ["工匠"], "kwargs": {}}).encode(),
            pika.BasicProperties(
                content_type="application/json", content_encoding="utf-8", reply_to="answers"
            ),
        )
        wait_until(lambda: waiting(asked, "answers") == 1, what="the answer", seconds=10)
        _, properties, _ = asked.basic_get("answers", auto_ack=True)
    assert properties.delivery_mode == delivery_mode


def test_the_queue_for_the_answer_goes_with_the_asker(servers: Servers, asker: Asker) -> None:
    asker.ask("oracle", "nothing")
    if servers.broker_api is None:
        pytest.skip("AMQP_URL names a broker without management API")
    wait_until(
        lambda: not [name for name in queues(servers) if name.startswith("rpc.reply-")],
        what="the end of the queue",
        seconds=10,
    )


def queues(servers: Servers) -> list[str]:
    """The names of the queues in the oracle's virtual host."""
    with management(str(servers.broker_api)) as api:
        return [queue["name"] for queue in api.get("/queues/test_asking").json()]


def test_an_asker_does_not_show_its_password() -> None:
    assert "guest" not in repr(Asker("amqp://guest:guest@127.0.0.1/"))
