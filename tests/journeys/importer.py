"""A municipal portal that imports our feed, by deploy/feeds.md alone."""

from typing import Any
from urllib.parse import urlsplit

import httpx


class Importer:
    """Keeps its own copy: the first time page by page, afterwards what has changed.

    `shown` is what its readers see, by id: an item that another supersedes stays in its archive,
    and one that was withdrawn is gone.
    """

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=address, timeout=30, trust_env=False)
        self._tag: str | None = None
        self.position = 0
        self.shown: dict[str, dict[str, Any]] = {}
        self.removed: set[str] = set()
        self.unchanged = 0
        self.ever: list[str] = []
        """Everything it was ever given, as text."""

    def look(self) -> bool:
        """Whether there was something new."""
        asked = {} if self._tag is None else {"if-none-match": self._tag}
        answer = self._http.get("/feed/publicity.json", headers=asked)
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            self.unchanged += 1
            return False
        tag, now = answer.raise_for_status().headers["etag"], answer.json()["position"]
        if self._tag is None or now < self.position:
            self.shown.clear()
            self.take("/feed/publicity.json")
        else:
            self.take(f"/feed/publicity.json?since={self.position}")
        self._tag, self.position = tag, now
        return True

    def take(self, path: str | None) -> None:
        """Every page from this one on."""
        while path is not None:
            answer = self._http.get(path).raise_for_status()
            self.ever.append(answer.text)
            page = answer.json()
            for item in page["items"]:
                if "deleted_at" in item:
                    self.shown.pop(item["id"], None)
                    self.removed.add(item["id"])
                else:
                    self.shown[item["id"]] = item
            path = None if page["next"] is None else _path(page["next"])

    def close(self) -> None:
        """Give the connection back."""
        self._http.close()


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
