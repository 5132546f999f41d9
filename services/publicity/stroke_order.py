"""The order of names on a list: 按姓氏笔画排序 (P2).

`stroke_order.txt` holds on its nth line the characters of n strokes, in the order of the ICU
collation `zh-u-co-stroke` (CLDR, Unicode licence): fewer strokes first, then by radical. Names
are compared character by character, so people of one surname follow by their given names.
Characters outside the table (Extension B and later) come last, by code point.
"""

from importlib.resources import files

_TABLE = files(__package__).joinpath("stroke_order.txt").read_text("utf-8")
_RANKS = {character: rank for rank, character in enumerate(_TABLE.replace("\n", ""))}


def by_strokes(name: str) -> tuple[tuple[int, str], ...]:
    """The sort key of a name; the separating dot of transcribed names does not count."""
    return tuple(
        (_RANKS.get(character, len(_RANKS)), character)
        for character in name.replace("·", "").replace(" ", "")
    )
