"""The operator's command line `gongjiang`: the composition root, and nothing else.

`gongjiang messages` and `gongjiang web` run one side of the service that the environment names;
everything else is a client of a running system (deploy/operations).
"""

import sys

MESSAGES, WEB = "messages", "web"

if sys.argv[1:2] == [MESSAGES]:
    import shared.green  # noqa: F401  (patches what everything after it imports)

# ruff: noqa: E402, PLC0415  (a process imports its own side only: it starts faster, and eventlet
# stays in the message side)

from importlib import import_module

from shared.plan import Plan
from shared.settings import Settings


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
    run([service], {"AMQP_URI": settings.amqp_url, CONFIG: (plan, settings)})


def web() -> None:
    """Run the web side until SIGTERM."""
    import uvicorn

    from shared.application import Application
    from shared.logs import configure
    from shared.web import create_app
    from shared.web.operations import router as operations

    settings = Settings()
    configure(settings.service, WEB)
    application = Application(plan_of(settings.service), settings)
    pages = import_module(f"services.{settings.service}.pages")
    uvicorn.run(
        create_app(application, operations, pages.router),
        host=settings.host,
        port=settings.port,
        log_config=None,
        server_header=False,
    )


def main() -> None:
    """The entry point of the console script."""
    match sys.argv[1:2]:
        case ["messages"]:
            messages()
        case ["web"]:
            web()
        case _:
            from deploy.operations.commands import app

            app()


if __name__ == "__main__":
    main()
