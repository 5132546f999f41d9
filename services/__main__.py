"""The operator's command line `gongjiang`: the composition root, and nothing else."""

import sys

if sys.argv[1:2] == ["messages"]:
    import shared.green  # noqa: F401  (before anything else is imported)

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.logs import configure
from shared.plan import Plan
from shared.settings import Settings

app = typer.Typer(
    name="gongjiang",
    help="港区工匠评选：受理、评审、公示三个服务的运行与审计。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def plan_of(service: str) -> Plan:
    """The plan of a service."""
    plan: Plan = import_module(f"services.{service}").PLAN
    return plan


@app.command(hidden=True)
def messages() -> None:
    """Run the message side of the service that the environment names."""
    from nameko.cli.run import run

    from shared.runtime import CONFIG

    settings = Settings()  # type: ignore[call-arg]
    configure(settings.service, "messages")
    module = import_module(f"services.{settings.service}.service")
    service = getattr(module, f"{settings.service.capitalize()}Service")
    run([service], {"AMQP_URI": settings.amqp_url, CONFIG: (plan_of(settings.service), settings)})


@app.command(hidden=True)
def web() -> None:
    """Run the web side of the service that the environment names."""
    import uvicorn

    from shared.application import Application

    settings = Settings()  # type: ignore[call-arg]
    configure(settings.service, "web")
    application = Application(plan_of(settings.service), settings)
    pages = import_module(f"services.{settings.service}.pages")
    uvicorn.run(
        pages.application(application),
        host=settings.host,
        port=settings.port,
        log_config=None,
        server_header=False,
    )


def main() -> None:
    """The entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
