"""How a reader wants to see the pages: size of text, contrast, light or dark.

Kept in a cookie that says nothing else and holds nothing of a person. Without JavaScript it is a
form that sets the cookie; `view.js` spares the reader the way to the server.
"""

from dataclasses import asdict, dataclass, replace
from typing import Literal, Self

from fastapi import Request
from starlette.requests import cookie_parser

VIEW_COOKIE = "gongjiang_view"

Text = Literal["normal", "large", "larger"]
Contrast = Literal["normal", "high"]
Scheme = Literal["auto", "light", "dark"]

CHOICES: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("text", "字号", (("normal", "标准"), ("large", "大"), ("larger", "特大"))),
    ("contrast", "对比度", (("normal", "标准"), ("high", "高"))),
    ("scheme", "配色", (("auto", "自动"), ("light", "浅色"), ("dark", "深色"))),
)
"""What may be chosen, in the words of the page."""

_KNOWN = {name: frozenset(value for value, _ in values) for name, _, values in CHOICES}


@dataclass(frozen=True, slots=True)
class View:
    """What a reader chose."""

    text: Text = "normal"
    contrast: Contrast = "normal"
    scheme: Scheme = "auto"

    @classmethod
    def read(cls, cookie: str | None) -> Self:
        """What a cookie says; what it cannot say is as it is for everybody."""
        said = (cookie or "").split(".")
        if len(said) != len(_KNOWN):
            return cls()
        chosen = dict(zip(_KNOWN, said, strict=True))
        return cls(**{name: word for name, word in chosen.items() if word in _KNOWN[name]})  # type: ignore[arg-type]

    def with_choices(self, **chosen: str | None) -> Self:
        """The same but for what is chosen now."""
        known = {name: word for name, word in chosen.items() if word in _KNOWN[name]}
        return replace(self, **known)  # type: ignore[arg-type]

    @property
    def cookie(self) -> str:
        """What the cookie says of it."""
        return ".".join(asdict(self).values())


def view_of(request: Request) -> View:
    """How whoever asks wants to see it."""
    return View.read(request.cookies.get(VIEW_COOKIE))


def view_in(header: str) -> View:
    """The same from a Cookie header alone."""
    return View.read(cookie_parser(header).get(VIEW_COOKIE)) if VIEW_COOKIE in header else View()
