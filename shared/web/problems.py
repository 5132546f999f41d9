"""Whatever goes wrong, in words: a code for machines, a rule, a field, a sentence for people."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from shared.application import UnknownCommand
from shared.identity import Unauthenticated
from shared.messages import NotEntitled, Refused
from shared.personal import Erased, Unopenable
from shared.recorder import PASSING
from shared.web.context import ForeignForm

ROLE_TITLES = {
    "office": "领导小组办公室",
    "desk": "接收窗口",
    "expert": "评审专家",
    "leading_group": "领导小组",
    "committee": "管委会",
    "investigator": "核查人员",
    "authority": "联审部门",
    "auditor": "审计人员",
    "operator": "运维人员",
}


@dataclass(frozen=True)
class Problem:
    """What went wrong; `status` is that of HTTP, `rule` a number of the notice's rules."""

    status: int
    code: str
    message: str
    rule: str | None = None
    field: str | None = None

    def body(self) -> dict[str, str | None]:
        """The problem as it goes over the wire."""
        said = asdict(self)
        del said["status"]
        return said


class ProblemBody(BaseModel):
    """A refusal or a fault. `rule` is the number of the rule that says no, if one does."""

    code: str
    rule: str | None
    field: str | None
    message: str


UNAVAILABLE = Problem(
    503, "unavailable", "系统暂时无法连接所需的服务，您的操作没有保存，请稍后重试"
)
BROKEN = Problem(500, "fault", "系统出现故障，您的操作没有保存；故障已记录，请联系运维人员")
NOT_FOUND = Problem(404, "not_found", "没有这个页面或记录，请核对地址")

OURS: dict[type[Exception], int] = {
    Unauthenticated: 401,
    ForeignForm: 403,
    Erased: 410,
    Unopenable: 500,
}

BY_STATUS = {
    400: "请求的格式不对",
    403: "您的身份无权查看",
    404: NOT_FOUND.message,
    405: "此地址不支持这种操作",
    410: "此项内容已经撤下，不再提供",
    408: "提交用时过长，没有保存，请在网络较好时重试",
    413: "提交的内容过大，没有保存；请减少或压缩文件后重试",
    415: "请求内容的类型不受支持",
    503: "同时提交的人较多，没有保存，请稍后重试",
}


def problem_of(fault: BaseException) -> Problem:
    """What to say of this. An unknown fault is never quoted: it may hold personal values."""
    match fault:
        case Unauthenticated() | ForeignForm() | Erased() | Unopenable():
            status = next(status for kind, status in OURS.items() if isinstance(fault, kind))
            return Problem(status, fault.code, fault.message)
        case NotEntitled():
            return Problem(403, fault.code, not_entitled(fault), fault.rule, fault.field)
        case Refused(code=NotEntitled.code):
            return Problem(403, fault.code, fault.message, fault.rule, fault.field)
        case Refused():
            return Problem(409, fault.code, fault.message, fault.rule, fault.field)
        case RequestValidationError() | ValidationError():
            return invalid(fault.errors())
        case UnknownCommand():
            return Problem(404, "unknown_command", "没有这项操作")
        case HTTPException(status_code=status):
            return Problem(status, f"http_{status}", BY_STATUS.get(status, "请求无法办理"))
        case _:
            return UNAVAILABLE if unreachable(fault) else BROKEN


def unreachable(fault: BaseException | None) -> bool:
    """Whether a server that we need is away, or everybody wants the same thing at once."""
    while fault is not None:
        if isinstance(fault, PASSING):
            return True
        fault = fault.__cause__
    return False


def not_entitled(refusal: NotEntitled) -> str:
    """The refusal with the roles as people call them."""
    titles = "、".join(ROLE_TITLES[role] for role in sorted(refusal.may) if role in ROLE_TITLES)
    return f"您的身份无权办理此事，须由以下角色办理：{titles}"


def invalid(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """What is wrong with the fields, without repeating what was in them."""
    said = [(field_of(error), sentence(error)) for error in errors]
    message = "；".join(f"{field}：{text}" if field else text for field, text in said)
    return Problem(422, "invalid", message, field=said[0][0] or None)


def field_of(error: Mapping[str, Any]) -> str:
    """`("body", "votes", 0, "yes")` as `votes.0.yes`; nothing where the whole is meant."""
    if error["type"] == "json_invalid":
        return ""
    path = [str(part) for part in error["loc"]]
    return ".".join(path[1:] if path[:1] in (["body"], ["path"], ["query"], ["header"]) else path)


SENTENCES = {
    "missing": "必须填写",
    "extra_forbidden": "没有这一项",
    "json_invalid": "不是有效的 JSON",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "至多 {max_length} 个字",
    "string_pattern_mismatch": "格式不符",
    "too_short": "至少 {min_length} 项",
    "too_long": "至多 {max_length} 项",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "greater_than": "须大于 {gt}",
    "less_than": "须小于 {lt}",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "timezone_aware": "时间须带时区",
    "none_required": "必须为空",
}

KINDS = {
    "string": "应为文字",
    "int": "应为整数",
    "float": "应为数字",
    "decimal": "应为数字",
    "bool": "应为是或否",
    "uuid": "应为编号（UUID）",
    "datetime": "应为时间（ISO 8601）",
    "date": "应为日期（YYYY-MM-DD）",
    "url": "应为网址",
    "list": "应为列表",
    "tuple": "应为列表",
    "set": "应为列表",
    "frozen": "应为列表",
    "dict": "应为对象",
    "model": "应为对象",
}


def sentence(error: Mapping[str, Any]) -> str:
    """One error of pydantic, for people."""
    kind, context = error["type"], error.get("ctx") or {}
    if kind == "value_error":
        return str(context["error"])
    if (known := SENTENCES.get(kind)) is not None:
        return known.format(**context)
    return KINDS.get(kind.partition("_")[0], "内容不符合要求")
