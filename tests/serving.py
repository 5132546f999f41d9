"""A web side under test: behind a real server on a free port, its views kept up with the log."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import httpx
import uvicorn
from fastapi import FastAPI

from deploy.local.ports import HOST
from deploy.local.waiting import wait_until
from shared.application import Application
from shared.projector import Projector


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address at which the app answers."""
    with socket.create_server((HOST, 0)) as listening:
        server = uvicorn.Server(
            uvicorn.Config(app, lifespan="on", ws="none", log_config=None, access_log=False)
        )
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            wait_until(
                lambda: server.started or not thread.is_alive(), what="the web side", seconds=10
            )
            yield f"http://{HOST}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def visiting(address: str) -> Iterator[httpx.Client]:
    """Somebody who asks it, with cookies of their own."""
    with httpx.Client(base_url=address, trust_env=False) as client:
        yield client


@contextmanager
def projecting(application: Application) -> Iterator[None]:
    """The part of the message side that a web side waits for."""
    stop = Event()
    projector = Projector(application, wait=lambda _: stop.wait(0.005), stopped=stop.is_set)
    thread = Thread(target=projector.run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
