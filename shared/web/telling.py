"""States and their differences in the words that people read."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from shared.audit.asof import Change, State, Stream, leaves
from shared.audit.details import WORDS
from shared.audit.entitled import Permission
from shared.calendar import BEIJING
from shared.contracts.submission import MATERIALS
from shared.web.problems import ROLE_TITLES
from shared.web.words import act_title, aggregate_title, choice_label, label_of

SITUATIONS = {
    "campaign": {"Unopened": "尚未开展", "Opened": "开展中", "Closed": "已结束"},
    "submission": {"Unanswered": "未收到", "Answered": "已答复"},
    "nomination": {
        "Absent": "没有申报",
        "Live": "参评中",
        "Merged": "已并入",
        "Withdrawn": "已撤回",
        "Excluded": "不再参评",
        "Disqualified": "资格已取消",
    },
    "claim": {"Free": "无人占用", "Held": "已占用"},
    "standing": {"Known": "有记录"},
    "precedents": {"Decided": "有认定"},
    "panel": {
        "Unprepared": "未准备",
        "Prepared": "办法已定",
        "Appointed": "已组建",
        "Drawn": "名单已产生",
        "Closed": "评审已结束",
    },
    "evaluation": {
        "Unknown": "未进入评审",
        "Waiting": "等候评分",
        "Assigned": "评分中",
        "Closed": "结果已定",
        "Stopped": "已终止",
    },
    "practice": {"Unknown": "未确定", "Known": "已确定"},
    "vetting": {"Unasked": "未征求", "Asked": "征求中", "Concluded": "已办结"},
    "approval": {
        "Unprepared": "未准备",
        "Prepared": "办法已定",
        "Submitted": "已提请审定",
        "Decided": "已审定",
    },
    "investigation": {"NotOpened": "未启动", "Open": "核查中", "Concluded": "已有结论"},
    "clearance": {"Pending": "条件未齐", "Granted": "具备授予条件", "Barred": "不予授予"},
    "notice": {"Gathering": "尚未公示", "Published": "已公示"},
    "objection": {
        "NotRaised": "未提出",
        "Received": "已收到",
        "Accepted": "已受理",
        "Concluded": "核查已毕",
        "Closed": "已办结",
        "Declined": "不予受理",
    },
    "honour": {
        "Candidate": "人选",
        "Cleared": "可以授予",
        "Cancelled": "人选资格已取消",
        "Ended": "人选资格已终止",
        "Conferred": "已授予",
        "UnderRevocation": "撤销程序中",
        "Revoked": "已撤销",
    },
    "revocation": {
        "NotInQuestion": "无撤销程序",
        "Opened": "已立案",
        "Verified": "已核查",
        "Heard": "已听取陈述",
        "Advised": "已提出意见",
        "Revoked": "已撤销",
    },
    "certificate": {"Free": "未使用", "Issued": "已使用"},
}
"""Aggregate -> the class of its state -> what that is called."""

STATE_LABELS = {
    "abstained": "弃权",
    "achievements": "业绩成果",
    "asked": "已征求",
    "box": "密文",
    "accept_by": "受理期限",
    "answer_by": "答复期限",
    "approved": "审定通过",
    "awaited": "等待事项",
    "barred": "不予继续",
    "bench": "评委席",
    "beside": "旁注",
    "calendar": "日历",
    "campaign": "评选活动",
    "candidates": "候选人",
    "carried": "以往评选记录",
    "claim": "唯一申报凭据",
    "claimed_conditions": "申报条件",
    "changed": "有变更",
    "closed": "已办结",
    "closes_at": "公示截止时间",
    "closes_on": "公示最后一日",
    "concluded": "已有结论",
    "conferred": "授予",
    "contenders": "争用者",
    "correction": "补正",
    "counted": "计入的日期",
    "course": "办理阶段",
    "decided": "已决定",
    "day": "日期",
    "decisions": "决定",
    "dismissals": "不予撤销",
    "digest": "摘要",
    "dossier": "申报内容",
    "drawn": "名单",
    "due_at": "期限",
    "due_on": "期限",
    "employer_uscc": "工作单位统一社会信用代码",
    "ends": "终止",
    "entries": "公示名单",
    "excluded": "不列入",
    "executive": "企业负责人",
    "extended": "已延长",
    "facts": "事实",
    "file": "文件",
    "findings": "审查意见",
    "fingerprints": "成果摘要",
    "frozen": "规则已固定",
    "grounds": "理由",
    "heard": "已登记的通报",
    "held": "暂缓",
    "holder": "占用者",
    "honoured": "已获称号",
    "id": "编号",
    "identity": "身份信息",
    "interests": "回避声明",
    "investigations": "核查",
    "known": "已知",
    "late": "逾期",
    "letters": "来函",
    "left": "退出",
    "means": "各项平均分",
    "media_type": "文件格式",
    "merged_into": "并入的申报",
    "message": "说明",
    "message_id": "报文编号",
    "minimum": "最少评分人数",
    "minutes": "评审纪要",
    "noted": "已登记",
    "notice_closed": "公示期满",
    "number": "序号",
    "obstacles": "障碍",
    "of": "摘要",
    "opened": "开展情况",
    "original_presented": "原件已核对",
    "ordered": "已启动",
    "outdated": "须重新产生",
    "overdue": "已逾期",
    "paid": "奖励已发放",
    "paper": "纸质材料",
    "paper_received_at": "纸质材料送达时间",
    "passed": "通过",
    "period": "期限",
    "post": "岗位",
    "postings": "公示",
    "promoted": "递补",
    "publisher": "报送系统",
    "qualification": "资格",
    "rank": "名次",
    "ranked": "排名",
    "ranks": "名次",
    "received": "已收到",
    "received_at": "收到时间",
    "recommender": "推荐单位",
    "record": "申报",
    "recovered": "已收回",
    "recused": "回避",
    "released": "核定的公开内容",
    "replies": "联审回复",
    "requests": "征求记录",
    "results": "评审得分",
    "resumed": "已恢复",
    "revocations": "撤销程序",
    "revoked": "撤销",
    "rivals": "在先申报",
    "roll": "候选名册",
    "rule": "规则",
    "rules": "规则",
    "scores": "评委评分",
    "set_aside": "并入他项",
    "settled": "已了结",
    "severity": "性质",
    "sheet": "评分表",
    "shortlisted": "入围",
    "situation": "情形",
    "source": "来源",
    "standing": "个人评选记录",
    "subject": "对象",
    "submission_id": "报送编号",
    "submitted": "已提请",
    "substitutes": "增补评委",
    "suspended": "暂缓",
    "suspension": "暂缓办理",
    "suspensions": "暂缓办理",
    "tenure": "工作年限",
    "term": "期限",
    "tie": "回避核对摘要",
    "total": "总分",
    "vetted": "联审通过",
    "vetting_awaited": "等待联审",
    "vetting_required": "须经联审",
    "weighed": "已研究",
    "withdrawn": "撤出",
}
"""Fields of states that no command has."""

CODES: dict[Any, str] = {
    **WORDS["ground"],
    **WORDS["reason"],
    **WORDS["outcome"],
    **MATERIALS,
    "barred": "限制申报",
    "employer": "用人单位",
    "honour": "表彰奖励",
    "honoured": "已获称号",
    "industry_association": "行业组织",
    "patent": "发明专利",
    "revoked": "已撤销",
}
"""Codes that stand in states, as the timeline tells them."""

NUMBER = re.compile(r"\d+")
IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[0-9a-f]{64}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")

NOTHING = "（无）"

WITHHELD = "评委尚未全部评分，各项分数暂不显示（P11）。"
"""Instead of what nobody may see yet."""


class ToldStream(Stream):
    """A stream with its words: what it is called, in which situation it is, field by field."""

    title: str
    situation_words: str
    facts: list[tuple[str, str]]


class Right(BaseModel):
    """What a role could do with an aggregate, and what it could not and why not."""

    role: str
    possible: list[str]
    refused: list[tuple[str, str]]


class Rights(BaseModel):
    """What each role could do with an aggregate."""

    title: str
    roles: list[Right]


class ToldState(State):
    """A state with its words; `rights` tells the permissions."""

    streams: Sequence[ToldStream]
    rights: list[Rights]


class ToldChange(Change):
    """A change with its words: of which aggregate, which field, from what to what."""

    title: str
    field: str
    was: str
    now: str
    words: str


def told_state(state: State) -> ToldState:
    """The state with its words."""
    streams = [
        ToldStream(
            **dict(stream),
            title=aggregate_title(stream.aggregate),
            situation_words=situation(stream.aggregate, stream.situation),
            facts=[("各项内容", WITHHELD)]
            if stream.withheld
            else [(field(path), value(one)) for path, one in leaves(stream.state)],
        )
        for stream in state.streams
    ]
    rights = list(rights_of(state.permissions))
    return ToldState(**{**dict(state), "streams": streams, "rights": rights})


def told_change(change: Change) -> ToldChange:
    """The change with its words; of two lists, what one has and the other has not."""
    before, after = change.before, change.after
    if change.path == ["situation"]:
        before, after = (one and situation(change.aggregate, one) for one in (before, after))
    if isinstance(before, list) and isinstance(after, list):
        before, after = (
            [one for one in before if one not in after],
            [one for one in after if one not in before],
        )
    title, where, was, now = (
        aggregate_title(change.aggregate),
        field(change.path),
        value(before),
        value(after),
    )
    words = f"{title}：{where}由“{was}”变为“{now}”"
    return ToldChange(**dict(change), title=title, field=where, was=was, now=now, words=words)


def situation(aggregate: str, name: str) -> str:
    """What a situation is called."""
    return SITUATIONS.get(aggregate, {}).get(name, name)


def field(path: Sequence[str]) -> str:
    """Where a value stands, in words."""
    return "·".join(_part(one) for one in path)


def _part(name: str) -> str:
    if NUMBER.fullmatch(name):
        return f"第{name}项"
    if IDENTIFIER.fullmatch(name):
        return name[:8]
    return STATE_LABELS.get(name) or label_of(name)


def value(one: Any) -> str:
    """A plain value in words."""
    match one:
        case None:
            return NOTHING
        case list():
            return "、".join(map(value, one)) or NOTHING
        case str() if MOMENT.match(one):
            return f"{datetime.fromisoformat(one).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
        case str() if IDENTIFIER.fullmatch(one):
            return f"{one[:8]}…"
        case bool() | str():
            return CODES.get(one) or choice_label(one) or NOTHING
        case _:
            return str(one)


def rights_of(told: Sequence[Permission]) -> Iterator[Rights]:
    """Aggregate by aggregate, role by role."""
    for stream in dict.fromkeys((one.aggregate, one.stream) for one in told):
        of_stream = [one for one in told if (one.aggregate, one.stream) == stream]
        yield Rights(
            title=aggregate_title(stream[0]),
            roles=[
                _right(role, [one for one in of_stream if one.role == role])
                for role in dict.fromkeys(one.role for one in of_stream)
            ],
        )


def _right(role: str, told: Sequence[Permission]) -> Right:
    return Right(
        role=ROLE_TITLES.get(role, "报送系统"),
        possible=[
            act_title(one.command) + ("" if one.answer == "possible" else "（视内容而定）")
            for one in told
            if one.answer in ("possible", "depends")
        ],
        refused=[
            (act_title(one.command), f"{one.rule} {one.message}" if one.message else "不起作用")
            for one in told
            if one.answer in ("refused", "nothing")
        ],
    )
