"""The blanks of the form: the person, the trade and how to reach them (S45–S61, S64).

户籍 (S47) is what the person says and has no effect: outsiders are as welcome (S6)."""

import re
from collections.abc import Iterator

from services.intake.rules.case import Case, error, warning
from shared.calendar import years_after
from shared.contracts.intake import Finding
from shared.contracts.submission import LEVELS
from shared.formats import (
    credit_codes,
    education,
    han,
    identity_numbers,
    industries,
    phones,
    qualifications,
)

DIGEST = re.compile(r"[0-9a-f]{64}")
TITLES = frozenset({"正高", "副高", "中级", "助理级", "员级"})
WORKING_AGE = 16


def person(case: Case) -> Iterator[Finding]:
    """S45, S46, S48."""
    form = case.form
    if not han.is_name(form.name):
        yield error("S45", "姓名须为1至50个汉字，可含间隔号“·”。")
    if form.sex not in ("男", "女"):
        yield error("S46", "性别须为男或女。")
    elif identity_numbers.sex(identity_numbers.normal(form.id_number)) not in (None, form.sex):
        yield error("S46", "性别与身份证号码第17位不一致。")
    if DIGEST.fullmatch(form.photo_sha256) is None:
        yield error("S48", "须提交正面免冠彩色登记照（以其SHA-256摘要标识）。")


def identity_number(case: Case) -> Iterator[Finding]:
    """S49: GB 11643; the county is only worth a look."""
    number = identity_numbers.normal(case.form.id_number)
    born = identity_numbers.birth(number)
    if not identity_numbers.is_valid(number, rehearsal=case.rehearsal) or (
        born is not None and born > case.received_on
    ):
        yield error("S49", "身份证号码不正确：须为18位，地区、出生日期有效，校验位相符。")
    elif not identity_numbers.county_is_known(number):
        yield warning("S49", "身份证号码的县级行政区划代码未见于嘉兴市历年区划，请核对原件。")


def background(case: Case) -> Iterator[Finding]:
    """S50, S51, S53, S54."""
    form = case.form
    if not education.is_graduation(form.education):
        yield error("S50", "学历须为国家标准中的毕业学历，如“大学专科毕业”；结业、肄业不属毕业。")
    if not form.specialty.strip():
        yield error("S51", "须填写从事专业。")
    if not industries.is_code(form.industry.code) or not form.industry.name.strip():
        yield error("S53", "归口行业须填写国民经济行业分类的代码和名称，如C26。")
    title = form.technical_title
    if title is not None and title.level not in TITLES:
        yield warning("S54", "技术职称等级须为正高、副高、中级、助理级或员级。")


def honours(case: Case) -> Iterator[Finding]:
    """S64: each with its title, level, issuer and date; none at all is 无."""
    if not all(
        one.title.strip() and one.issuer.strip() and one.level in LEVELS and one.date is not None
        for one in case.form.honours
    ):
        yield warning("S64", "荣誉和奖励须逐项填写名称、级别、颁发单位和日期，没有的填“无”。")


def years_in_trade(case: Case) -> Iterator[Finding]:
    """S52: a person works from sixteen on."""
    years = case.form.years_in_trade
    born = identity_numbers.birth(identity_numbers.normal(case.form.id_number))
    if years is None:
        yield warning("S52", "未填写本工种年限。")
    elif born is not None and years_after(born, WORKING_AGE + years) > case.configuration.base_date:
        yield warning("S52", "本工种年限多于16周岁以后的年数，请核实。")


def qualification(case: Case) -> Iterator[Finding]:
    """S55: a level from one to five; the certificate's number should tell the same."""
    claimed = case.form.vocational_qualification
    if claimed is None:
        return
    if claimed.level not in qualifications.LEVELS:
        yield error("S55", "职业资格等级须为一级至五级。")
    if not claimed.occupation.strip():
        yield warning("S55", "未填写职业资格的职业名称。")
    if not qualifications.is_certificate(claimed.certificate_number):
        yield warning("S55", "职业资格证书编号的格式不符合已知证书，请核对原件。")
    elif qualifications.level_of(claimed.certificate_number) not in (None, claimed.level):
        yield warning("S55", "职业资格证书编号中的等级与填报的等级不一致，请核对原件。")


def employer(case: Case) -> Iterator[Finding]:
    """S56: the unit's full name and its code (GB 32100, inside it GB 11714)."""
    unit = case.form.employer
    if not unit.name.strip():
        yield error("S56", "须填写工作单位全称。")
    if not credit_codes.is_valid(unit.uscc, rehearsal=case.rehearsal):
        yield error("S56", "工作单位的统一社会信用代码不正确。")
    elif not credit_codes.organisation_is_valid(unit.uscc):
        yield warning("S56", "工作单位信用代码中的组织机构代码校验不符，请核对登记信息。")


def contact(case: Case) -> Iterator[Finding]:
    """S58; S59 to S61 are to be filled in, or to say 无."""
    form = case.form
    if not phones.is_mobile(form.mobile):
        yield error("S58", "须填写有效的手机号码。")
    for rule, blank, title in (
        ("S59", form.postal_address, "通信地址"),
        ("S60", form.office_phone, "办公电话"),
        ("S61", form.email, "电子邮箱"),
    ):
        if not blank.strip():
            yield warning(rule, f"未填写{title}，没有的应填“无”。")


RULES = (
    person,
    identity_number,
    background,
    honours,
    years_in_trade,
    qualification,
    employer,
    contact,
)
