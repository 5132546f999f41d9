"""The figures as bars, on a logarithmic scale for each: ours, the limit, the plain way."""

from collections.abc import Iterator, Sequence
from html import escape
from math import log10

from tests.bench.figures import Figure, number

WIDTH, LEFT, RIGHT = 920, 250, 130
BAR, GAP, TOP = 14, 16, 70
COLOURS = {"ours": "#1a6b8f", "limit": "#b9c4cb", "plain": "#d9a441"}


def plot(figures: Sequence[Figure], title: str) -> str:
    """An SVG."""
    rows = [row for figure in figures for row in _rows(figure)]
    height = TOP + sum(row.height for row in rows) + GAP
    body, y = [], TOP
    for row in rows:
        body.append(row.draw(y))
        y += row.height
    legend = "".join(
        f'<rect x="{LEFT + 120 * place}" y="36" width="12" height="12" fill="{colour}"/>'
        f'<text x="{LEFT + 120 * place + 18}" y="46">{name}</text>'
        for place, (name, colour) in enumerate(COLOURS.items())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
        ' font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="white"/>'
        f'<text x="16" y="24" font-size="15">{escape(title)}</text>{legend}{"".join(body)}</svg>\n'
    )


class Row:
    """One bar; the first of a figure bears its name."""

    def __init__(self, label: str, colour: str, share: float, value: str, *, last: bool) -> None:
        self.label, self.colour, self.share, self.value = label, colour, share, value
        self.height = BAR + (GAP if last else 2)

    def draw(self, y: float) -> str:
        """The bar at this height."""
        length = max(2.0, self.share * (WIDTH - LEFT - RIGHT))
        return (
            f'<text x="16" y="{y + 11}">{escape(self.label)}</text>'
            f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{self.colour}"/>'
            f'<text x="{LEFT + length + 6:.1f}" y="{y + 11}">{escape(self.value)}</text>'
        )


def _rows(figure: Figure) -> Iterator[Row]:
    values = {"ours": figure.value, "limit": figure.limit, "plain": figure.plain}
    known = {name: value for name, value in values.items() if value is not None}
    largest = max(1e-9, *(abs(value) for value in known.values()))
    for place, (name, value) in enumerate(known.items()):
        # four decades: the shortest bar is a ten-thousandth of the longest
        share = max(0.0, 1 + log10(max(abs(value), 1e-9) / largest) / 4)
        mark = " ✓" if figure.met else " ✗"
        yield Row(
            figure.name + mark if place == 0 else "",
            COLOURS[name],
            share,
            f"{number(value)} {figure.unit}",
            last=place == len(known) - 1,
        )
