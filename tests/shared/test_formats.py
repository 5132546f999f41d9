"""The formats that a machine can check, with the vectors of the standards."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.formats import (
    credit_codes,
    document_numbers,
    education,
    han,
    identity_numbers,
    industries,
    patents,
    phones,
    qualifications,
    written,
)

# identity numbers


def test_the_standard_s_own_identity_number_is_valid() -> None:
    assert identity_numbers.is_valid("11010519491231002X")


@pytest.mark.parametrize("birth", ["19750607", "19900101", "19910101"])
def test_a_number_of_pinghu_is_valid_whenever_its_holder_was_born(birth: str) -> None:
    """The county is younger than many who got a number there."""
    first = f"330482{birth}123"
    assert identity_numbers.is_valid(first + identity_numbers.check_digit(first))


@pytest.mark.parametrize(
    "number",
    [
        "110105194912310021",
        "11010519491331002X",
        "11010519490229002X",
        "01010519491231002X",
        "160105194912310021",
        "110105491231002",
        "11010519491231002x",
        "",
    ],
)
def test_a_wrong_identity_number_is_not_valid(number: str) -> None:
    assert not identity_numbers.is_valid(number)


def test_the_unassigned_province_exists_only_in_a_rehearsal() -> None:
    assert identity_numbers.is_valid("890000198503070011", rehearsal=True)
    assert not identity_numbers.is_valid("890000198503070011")


@pytest.mark.parametrize("region", ["912840", "810000", "820000", "830000", "710000"])
def test_residents_from_elsewhere_have_identity_numbers(region: str) -> None:
    first = f"{region}19850307001"
    assert identity_numbers.is_valid(first + identity_numbers.check_digit(first))


def test_a_number_tells_birth_and_sex() -> None:
    assert identity_numbers.birth("11010519491231002X") == date(1949, 12, 31)
    assert identity_numbers.sex("11010519491231002X") == "女"
    assert identity_numbers.sex("890000198503070011") == "男"
    assert identity_numbers.sex("1101051949123100") is None


def test_a_number_is_compared_in_one_form() -> None:
    assert identity_numbers.normal(" 110105 19491231００2x ") == "11010519491231002X"


def test_only_counties_of_jiaxing_are_looked_at() -> None:
    assert identity_numbers.county_is_known("330482")
    assert identity_numbers.county_is_known("330422")
    assert identity_numbers.county_is_known("110199")
    assert not identity_numbers.county_is_known("330499")


@given(st.dates(date(1940, 1, 1), date(2005, 12, 31)), st.integers(0, 999), st.integers(0, 16))
def test_one_wrong_digit_never_passes(birth: date, sequence: int, place: int) -> None:
    first = f"330482{birth:%Y%m%d}{sequence:03}"
    number = first + identity_numbers.check_digit(first)
    wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    assert identity_numbers.is_valid(number)
    assert not identity_numbers.is_valid(wrong)


# credit codes


@pytest.mark.parametrize("code", ["91350100M000100Y43", "51890000MJXXXX018G"])
def test_a_credit_code_is_valid(code: str) -> None:
    assert credit_codes.is_valid(code, rehearsal=True)
    assert credit_codes.organisation_is_valid(code)


@pytest.mark.parametrize(
    "code",
    ["91350100M000100Y44", "91350100M000100Y4", "9135O100M000100Y43", "91350100m000100y43", ""],
)
def test_a_wrong_credit_code_is_not_valid(code: str) -> None:
    assert not credit_codes.is_valid(code)


def test_a_remainder_of_nothing_gives_the_character_0() -> None:
    codes = (f"9133048{place}MA0000{unit:03}" for place in range(10) for unit in range(10))
    ending = [code for code in codes if credit_codes.check_character(code) == "0"]
    assert ending
    assert all(credit_codes.is_valid(f"{code}0") for code in ending)


def test_a_village_collective_may_have_letters_where_others_have_a_region() -> None:
    for first in ("N2330482MF1234567", "N2330A82MFYYYY123"):
        assert credit_codes.is_valid(first + credit_codes.check_character(first))


def test_the_test_region_of_credit_codes_exists_only_in_a_rehearsal() -> None:
    assert not credit_codes.is_valid("91890000MAXXXX015J")
    assert credit_codes.is_valid("91890000MAXXXX015J", rehearsal=True)


def test_an_organisation_code_may_be_wrong_in_a_valid_credit_code() -> None:
    first = "91350100M000100Y5"
    code = first + credit_codes.check_character(first)
    assert credit_codes.is_valid(code)
    assert not credit_codes.organisation_is_valid(code)


def test_associations_are_known_by_their_prefix() -> None:
    assert credit_codes.is_association("51890000MJXXXX018G")
    assert not credit_codes.is_association("91350100M000100Y43")


# patents


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("ZL201710601862.3", "ZL201710601862.3"),
        ("ZL95115608.X", "ZL95115608.X"),
        ("ZL97101765.4", "ZL97101765.4"),
        ("zl 2017 1060 1862 3", "ZL201710601862.3"),
        ("ＺＬ２０１７１０６０１８６２．３", "ZL201710601862.3"),
        ("zl95115608.x", "ZL95115608.X"),
    ],
)
def test_a_patent_number_is_read_however_it_is_written(text: str, number: str) -> None:
    patent = patents.read(text)
    assert patent is not None
    assert (patent.number, patent.checks, patent.is_invention) == (number, True, True)


@pytest.mark.parametrize("text", ["CN201710601862.3", "201710601862.3", "ZL2017106018623456", ""])
def test_an_application_or_a_fragment_is_no_patent_number(text: str) -> None:
    assert patents.read(text) is None


@pytest.mark.parametrize(
    ("kind", "invention"), [("1", True), ("2", False), ("3", False), ("8", True), ("9", False)]
)
def test_only_kinds_1_and_8_are_inventions(kind: str, invention: bool) -> None:
    digits = f"2018{kind}9999991"
    patent = patents.read(f"ZL{digits}.{patents.check_character(digits)}")
    assert patent is not None
    assert (patent.checks, patent.is_invention) == (True, invention)


def test_a_wrong_check_of_a_patent_number_shows() -> None:
    patent = patents.read("ZL201729999993.5")
    assert patent is not None
    assert not patent.checks
    assert not patent.is_invention
    assert patents.check_character("201729999993") == "4"


# phones, certificates, the rest


@pytest.mark.parametrize(
    "text", ["15400000001", "+86 154 0000 0001", "8613812345678", "１３８-1234-5678"]
)
def test_a_mobile_number_may_be_written_in_many_ways(text: str) -> None:
    assert phones.is_mobile(text)


@pytest.mark.parametrize("text", ["12400000001", "1540000000", "154000000011", "无", ""])
def test_what_is_no_mobile_number(text: str) -> None:
    assert not phones.is_mobile(text)


def test_a_certificate_tells_its_level() -> None:
    assert qualifications.level_of("Y008900000000191000001") == 1
    assert qualifications.level_of("1833000000300001") is None
    assert qualifications.is_certificate("1833000000300001")
    assert qualifications.is_certificate("TJ" + "0" * 20)
    assert not qualifications.is_certificate("Y008900000000196000001")


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("嘉港区办〔2019〕60号", True),
        ("嘉港区办[2019]60号", False),
        ("嘉港区办［2019］60号", False),
        ("嘉港区办〔2019〕060号", False),
        ("嘉港区办〔2019〕第60号", False),
        ("嘉港区办〔2019〕60", False),
        ("嘉港区办〔２０１９〕60号", False),
    ],
)
def test_a_document_number_has_one_form(number: str, valid: bool) -> None:
    assert document_numbers.is_valid(number) is valid


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("工匠", 2),
        ("工匠，精神！ABC123　、", 4),
        ("〇々𠮷𰻝", 4),
        ("葛\U000e0100城", 2),
        ("", 0),
        ("神", 1),
    ],
)
def test_han_characters_are_counted_by_script(text: str, count: int) -> None:
    assert han.count(text) == count


@pytest.mark.parametrize("name", ["测试甲", "张 三", "阿测试·丙", "阿测试•丙", "𠮷田", "测" * 50])
def test_what_may_be_a_name(name: str) -> None:
    assert han.is_name(name)


@pytest.mark.parametrize("name", ["", "·丙", "丙·", "Li Lei", "测1", "测" * 51])
def test_what_may_not_be_a_name(name: str) -> None:
    assert not han.is_name(name)


def test_names_are_compared_without_spaces_and_with_one_kind_of_dot() -> None:
    assert written.name("测试 甲") == "测试甲"
    assert {written.name(f"阿{dot}丙") for dot in "·•・･‧"} == {"阿·丙"}


def test_only_graduation_counts_as_education() -> None:
    assert education.is_graduation("大学专科毕业")
    assert education.is_graduation("47")
    assert not education.is_graduation("大学专科结业")
    assert not education.is_graduation("大学本科肄业")


@pytest.mark.parametrize(
    ("code", "valid"),
    [("C", True), ("C26", True), ("C265", True), ("C2651", True), ("C2", False), ("U26", False)],
)
def test_a_code_of_an_industry_has_a_section(code: str, valid: bool) -> None:
    assert industries.is_code(code) is valid


@settings(max_examples=200)
@given(st.text())
def test_no_text_whatever_breaks_a_check(text: str) -> None:
    number = identity_numbers.normal(text)
    identity_numbers.is_valid(number, rehearsal=True)
    identity_numbers.birth(number)
    identity_numbers.sex(number)
    credit_codes.is_valid(text)
    patents.read(text)
    phones.is_mobile(text)
    qualifications.level_of(text)
    assert han.count(text) <= len(text) * 4
    han.is_name(text)
