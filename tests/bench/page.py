"""The limit of figure 12: a bare Starlette handler on uvicorn that answers with given bytes.

python -m tests.bench.page PORT FILE
"""

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route


def main() -> None:
    """Serve until SIGTERM."""
    port, file = int(sys.argv[1]), Path(sys.argv[2])
    body = file.read_bytes()

    async def page(_: Request) -> HTMLResponse:
        return HTMLResponse(body)

    app = Starlette(routes=[Route("/", page)])
    uvicorn.run(app, port=port, log_config=None, server_header=False)


if __name__ == "__main__":
    main()
