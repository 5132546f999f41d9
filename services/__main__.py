"""The operator's command line `gongjiang`: the composition root, and nothing else.

`gongjiang messages`, `gongjiang tail` and `gongjiang web` run one side of the service that the
environment names, `gongjiang signer` the one signer of all logs; everything else is a client of a
running system (deploy/operations).
"""

import sys

YIELDING = 5
"""How far the tail side steps back where processors are short: what was sent is stored first."""

MESSAGES, TAIL, WEB, SIGNER = "messages", "tail", "web", "signer"

if sys.argv[1:2] == [MESSAGES]:
    import shared.green  # noqa: F401  (patches what everything after it imports)

# ruff: noqa: E402, PLC0415  (a process imports its own side only: it starts faster, and eventlet
# stays in the message side)

import gc
import os
import signal
from collections.abc import Callable
from importlib import import_module

from shared.plan import Plan
from shared.settings import Settings, SignerSettings


def plan_of(service: str) -> Plan:
    """The plan of a service."""
    plan: Plan = import_module(f"services.{service}").PLAN
    return plan


def messages() -> None:
    """Run the message side until SIGTERM."""
    from nameko.cli.run import run

    from shared.logs import configure
    from shared.runtime import CONFIG

    settings = Settings()
    configure(settings.service, MESSAGES)
    module = import_module(f"services.{settings.service}.service")
    service = getattr(module, f"{settings.service.capitalize()}Service")
    plan = plan_of(settings.service)
    settle_down()
    run([service], {"AMQP_URI": settings.amqp_url, CONFIG: (plan, settings)})


def tail() -> None:
    """Run the tail side until SIGTERM."""
    from shared.application import Application
    from shared.logs import configure
    from shared.tailing import Tailing

    settings = Settings()
    configure(settings.service, TAIL)
    application = Application(plan_of(settings.service), settings)
    tailing = Tailing(application)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: tailing.stop())
    settle_down()
    os.nice(YIELDING)
    sys.setswitchinterval(0.0005)  # a busy projector must not keep a receipt waiting
    try:
        tailing.run()
    finally:
        application.close()


def web() -> None:
    """Run the web side until SIGTERM."""
    import uvicorn

    from shared.application import Application
    from shared.logs import configure
    from shared.web import create_app
    from shared.web.evidence import router as evidence
    from shared.web.exporting import router as exporting
    from shared.web.operations import router as operations
    from shared.web.rejudging import router as rejudging

    settings = Settings()
    configure(settings.service, WEB)
    application = Application(plan_of(settings.service), settings)
    pages = import_module(f"services.{settings.service}.pages")
    shared_routers = (operations, evidence, exporting, rejudging)
    kept = getattr(pages, "KEPT", None)
    served = create_app(application, *shared_routers, pages.router, kept=kept)
    settle_down()
    uvicorn.run(
        served,
        host=settings.host,
        port=settings.port,
        log_config=None,
        # the portal tells its readers that it keeps no record of them; metrics count by route
        access_log=kept is None,
        server_header=False,
    )


def signer() -> None:
    """Run the signer until SIGTERM."""
    from shared.audit.signing import Signer
    from shared.logs import configure

    settings = SignerSettings()
    configure(SIGNER, SIGNER)
    working = Signer(settings, stamps_of(settings.tsa_url))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: working.stop())
    settle_down()
    working.run()


def stamps_of(url: str | None) -> Callable[[], Callable[[bytes], bytes | None] | None]:
    """What makes, for each log, what asks a time-stamping authority; its library is loaded only
    where there is one."""
    if url is None:
        return lambda: None
    from shared.audit.timestamping import Authority

    return lambda: Authority(url).stamp


def settle_down() -> None:
    """Let the collector of cycles pass rarely, and never over what was imported.

    A batch makes tens of thousands of objects that are no garbage before it ends; with the
    defaults, a seventh of an inbox's time went into looking at them. What is garbage of the
    imports stays too: finding it takes a fifth of a second.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


SIDES = {MESSAGES: messages, TAIL: tail, WEB: web, SIGNER: signer}


def main() -> None:
    """The entry point of the console script."""
    gc.disable()  # what is imported stays: looking for garbage in it is an eighth of a start
    match sys.argv[1:2]:
        case [str(side)] if side in SIDES:
            SIDES[side]()
        case _:
            from deploy.operations.commands import app

            settle_down()
            app()


if __name__ == "__main__":
    main()
