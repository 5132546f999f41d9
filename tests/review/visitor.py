"""Somebody at a desk without JavaScript: reads pages, fills in forms, sends them."""

from collections.abc import Mapping, Sequence

import httpx
from bs4 import BeautifulSoup, Tag

PASSWORD = "rehearsal-only"

Filled = Mapping[str, str | Sequence[str]]


class Visitor:
    """One account's session."""

    def __init__(self, client: httpx.Client, account: str) -> None:
        self.client = client
        answer = client.post("/login", data={"id": account, "password": PASSWORD})
        assert answer.status_code == 303, answer.text

    def page(self, path: str, status: int = 200) -> BeautifulSoup:
        """What is shown at this address."""
        return read(self.client.get(path), status)

    def send(self, path: str, action: str, filled: Filled, status: int = 200) -> BeautifulSoup:
        """Fill in the first form on the page whose action begins so, and send it.

        Fields that are not filled in are sent as the page shows them.
        """
        form = self.page(path).select_one(f'form[action^="{action}"]')
        assert form is not None, f"{path} has no form for {action}"
        data = {**fields_of(form), **filled}
        return read(self.client.post(str(form["action"]), data=data, follow_redirects=True), status)

    def may_send(self, path: str, action: str) -> bool:
        """Whether the page offers this form."""
        return self.page(path).select_one(f'form[action^="{action}"]') is not None


def read(answer: httpx.Response, status: int) -> BeautifulSoup:
    """The page of an answer with this status."""
    assert answer.status_code == status, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def fields_of(form: Tag) -> dict[str, str | list[str]]:
    """What a browser would send if nothing was touched."""
    fields: dict[str, str | list[str]] = {}
    for one in form.find_all(["input", "textarea", "select"]):
        name, value = one.get("name"), one.get("value", "")
        if one.name == "textarea":
            value = one.get_text()
        if one.name == "select":
            chosen = one.find("option", selected=True) or one.find("option")
            assert isinstance(chosen, Tag)
            value = chosen.get("value", "")
        ticked = one.get("type") not in {"radio", "checkbox"} or one.has_attr("checked")
        if name and ticked:
            fields[str(name)] = str(value)
    return fields


def words(page: Tag) -> str:
    """The text of a page or a part of it, in one line."""
    return " ".join(page.get_text(" ").split())
