"""Names on a list stand in the order of their strokes (P2)."""

from services.publicity.stroke_order import by_strokes


def test_fewer_strokes_come_first() -> None:
    """P2: 丁 2, 王 4, 刘 6, 李 7, 陈 7, 张 7, 黄 11, 魏 17."""
    names = ["魏", "陈", "黄", "李", "丁", "刘", "王"]
    assert sorted(names, key=by_strokes)[:3] == ["丁", "王", "刘"]
    assert sorted(names, key=by_strokes)[-2:] == ["黄", "魏"]
    assert set(sorted(names, key=by_strokes)[3:5]) == {"李", "陈"}


def test_people_of_one_surname_follow_by_their_given_names() -> None:
    """P2: 乙 has one stroke, 丁 two, 甲 five; who has no further character comes first."""
    names = ["测试甲", "测试丁", "测试", "测试乙"]
    assert sorted(names, key=by_strokes) == ["测试", "测试乙", "测试丁", "测试甲"]


def test_the_dot_in_a_name_does_not_count() -> None:
    """S45: 阿·测试 stands where 阿测试 would."""
    assert by_strokes("阿·测试") == by_strokes("阿测试")


def test_characters_outside_the_table_come_last() -> None:
    """S45: a character of Extension B has its place, too, and always the same."""
    assert sorted(["\U00020bb7野", "齉"], key=by_strokes) == ["齉", "\U00020bb7野"]
