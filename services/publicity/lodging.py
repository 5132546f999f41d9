"""What somebody writes into the public form, and what is wrong with it, in words (P4). Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from shared.formats.personal_numbers import has_personal_number

Objector = Literal["person", "unit"]
Part = Literal["seal", "evidence"]

FIELDS = ("nomination_id", "objector", "reporter", "contact", "allegation")

LONGEST = {"nomination_id": 36, "objector": 10, "reporter": 100, "contact": 200, "allegation": 1000}

LABELS = {
    "nomination_id": "反映的人选",
    "objector": "以何名义反映",
    "reporter": "真实姓名或单位名称",
    "contact": "联系方式",
    "allegation": "反映的事实",
    "seal": "盖章扫描件",
    "files": "证据材料",
    "code": "回执编号",
    "sure": "确认撤回",
}

NOBODY = frozenset({"匿名", "群众", "职工", "员工", "知情人", "知情者", "热心群众", "路人", "无名"})
"""Names that are none."""

NAME = re.compile(r"[^\W\d_]([^\W\d_]|[·.\- '])*[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to be put right: in which field, by which rule."""

    field: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Filled:
    """The fields as they were written, without spaces around them and never cut."""

    nomination_id: str = ""
    objector: str = ""
    reporter: str = ""
    contact: str = ""
    allegation: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> "Filled":
        """From a form, whatever else it sends; line ends as the log keeps them."""
        values = {name: sent.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}
        return cls(**values)

    def as_dict(self) -> dict[str, str]:
        """Field to value."""
        return {name: getattr(self, name) for name in FIELDS}

    @property
    def empty(self) -> bool:
        """Whether nobody wrote anything."""
        return not any(self.as_dict().values())


def faults(filled: Filled, parts: Sequence[Part], posted: frozenset[UUID]) -> tuple[Fault, ...]:
    """Everything that is wrong, in the order of the form.

    Args:
        filled: the fields.
        parts: what each file that was taken is.
        posted: who is on a notice, as far as the portal knows.
    """
    found: list[Fault] = []

    def wrong(field: str, message: str, rule: str = "P4") -> None:
        found.append(Fault(field, rule, message))

    if filled.nomination_id not in {str(one) for one in posted}:
        wrong("nomination_id", "请从公示名单中选择所反映的人选。")
    if filled.objector not in ("person", "unit"):
        wrong("objector", "请选择以个人名义或以单位名义反映。")
    unit = filled.objector == "unit"
    if message := _wrong_name(filled.reporter, unit=unit):
        wrong("reporter", message)
    if message := _wrong_contact(filled.contact):
        wrong("contact", message)
    if message := _wrong_facts(filled):
        wrong("allegation", message)
    elif has_personal_number(filled.allegation):
        wrong(
            "allegation",
            "事实部分不得写入身份证号或手机号码，请删去；联系方式请写在联系方式一栏。",
            "P3",
        )
    if unit and "seal" not in parts:
        wrong("seal", "以单位名义反映的，须提交加盖公章的反映材料扫描件。")
    found += [
        Fault(name, "P4", f"至多{LONGEST[name]}字，现为{len(value)}字，请删减。")
        for name, value in filled.as_dict().items()
        if len(value) > LONGEST[name] and not any(one.field == name for one in found)
    ]
    return tuple(found)


def _wrong_name(name: str, *, unit: bool) -> str:
    what = "单位全称" if unit else "真实姓名"
    if not name:
        return f"请填写{what}；匿名的异议不予受理。"
    if name in NOBODY:
        return f"须填写{what}；匿名、冒名的异议不予受理。"
    if unit:
        return "" if len(name) >= 4 else "请填写单位全称（至少4个字），须与公章一致。"
    return "" if NAME.fullmatch(name) else "请填写真实姓名（至少2个字，不含数字和符号）。"


def _wrong_contact(contact: str) -> str:
    """A telephone, an e-mail or a postal address."""
    digits = sum(letter.isdigit() for letter in contact)
    mail = re.search(r"[^\s@]+@[^\s@]+\.[^\s@]+", contact)
    if digits >= 7 or mail or len(contact) >= 8:
        return ""
    return "请填写有效的联系方式：电话（含区号）、电子邮箱或通信地址，以便书面答复。"


def _wrong_facts(filled: Filled) -> str:
    if len(filled.allegation) < 10:
        return "请写明具体事实（至少10个字）：时间、地点、何事、有何依据；没有具体事实的不予受理。"
    said = bare(filled.allegation)
    own = [bare(filled.contact), *([bare(filled.reporter)] if filled.objector == "person" else [])]
    own += re.findall(r"\d{7,}|[^\s@,，;；:：]+@[^\s@,，;；]+", filled.contact)
    if any(len(one) >= 2 and bare(one) in said for one in own):
        return "事实部分请勿写入您本人的姓名或联系方式，以便为您保密。"
    return ""


def bare(text: str) -> str:
    """Without what may stand between two letters of a name."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s·.\-]", "", folded)
