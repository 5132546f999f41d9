"""What matters in an event, in one short Chinese line.

Only fields that stand in these tables are shown: none of them is an id, a digest, sealed, or of a
person. Who needs more reads the event itself.
"""

from collections.abc import Mapping, Sized
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shared.calendar import BEIJING
from shared.contracts.intake import Organisation
from shared.contracts.submission import BLANKS
from shared.messages import Event

SHOWN = {
    "outcome": "{}",
    "recommender": "{}推荐",
    "claimed_conditions": "申报条件{}",
    "paper_received_at": "纸质材料{}送达",
    "kept": "{}",
    "passed": "{}",
    "conditions": "认定条件{}",
    "reasons": "不符合{}",
    "purpose": "用于{}",
    "fields": "涉及{}",
    "document_number": "{}",
    "shortlist_size": "入围名额{}名",
    "quota": "授予名额{}名",
    "marks": "各项{}",
    "ground": "{}",
    "total": "得分{}",
    "scores": "{}名评委评分",
    "rank": "第{}名",
    "shortlisted": "{}",
    "approved": "{}",
    "yes": "赞成{}票",
    "no": "反对{}票",
    "abstained": "弃权{}票",
    "answer": "{}",
    "dated": "落款{}",
    "stands": "{}",
    "vetted": "{}",
    "executive": "{}",
    "cause": "{}",
    "due_on": "期限{}",
    "opens_on": "{}起",
    "closes_on": "{}止",
    "finding": "{}",
    "reason": "{}",
    "certificate_number": "证书{}",
    "decision_number": "{}",
    "objector": "{}提出",
    "signed": "{}",
    "day": "{}提出",
    "accept_by": "{}前作受理决定",
    "investigate_by": "{}前核查完毕",
    "answer_by": "{}前书面答复",
    "lead": "{}",
    "continued": "{}",
    "proposed_by": "{}提请",
    "heard_on": "{}",
    "held_on": "{}召开会议",
    "declined": "{}",
    "advice": "{}",
    "what": "{}",
    "amount_fen": "{}分",
    "parts": "删除{}",
    "file": "{}",
    "rejected_until": "未通过材料保存至{}",
    "conferred_until": "授予材料保存至{}",
}
"""Field -> how its value is told."""

COUNTED = {
    "materials": "材料{}份",
    "rivals": "在先申报{}项",
    "members": "评委{}名",
    "recused": "回避{}名",
    "ranking": "候选人{}名",
    "nominations": "名单{}人",
    "outcomes": "表决{}人",
    "present": "到会成员单位{}个",
    "investigators": "核查人员{}名",
    "evidence": "证据{}份",
    "approved": "审定通过{}人",
    "entries": "公示{}人",
    "counted": "计{}天",
    "corrected": "更正{}人",
    "keys": "密钥{}个",
    "enclosed": "材料{}份",
}
"""Field -> how many it holds; what it holds is not shown."""

WORDS: Mapping[str, Mapping[Any, str]] = {
    "outcome": {
        "received": "予以受理",
        "refused": "不予受理",
        "held": "暂缓受理",
        "heard": "已听取陈述申辩",
        "declined": "本人放弃陈述申辩",
        "unfounded": "异议不成立",
        "immaterial": "异议成立但不影响",
        "ineligible": "异议成立且不符合条件",
        "fraud": "异议成立且属弄虚作假",
        "withdrawn": "反映人撤回",
    },
    "answer": {"no_objection": "无异议", "objection": "有异议"},
    "stands": {True: "异议成立", False: "异议不影响评选"},
    "vetted": {True: "联审通过", False: "联审未通过"},
    "executive": {True: "企业负责人", False: "非企业负责人"},
    "kept": {True: "保留本项申报", False: "并入另一项申报"},
    "passed": {True: "初审通过", False: "初审不通过"},
    "fields": {
        "identity": "身份信息",
        "contact": "联系方式",
        "dossier": "申报内容",
        **BLANKS,
    },
    "ground": {
        "relative": "近亲属",
        "same_unit": "同单位",
        "master_apprentice": "师徒",
        "shared_work": "同项目或共同获奖",
        "recommender_office": "在推荐单位任职",
        "other": "其他利害关系",
        "withdrawn": "已撤回",
        "merged": "已并入另一项申报",
        "ineligible": "不符合条件",
        "vetoed": "联审一票否决",
        "replaced": "名额已递补",
        "disqualified": "已取消资格",
        "anonymous": "匿名",
        "false_name": "冒名",
        "late": "逾期",
        "no_facts": "无具体事实",
        "retention": "保存期限届满",
        "request": "本人请求",
        "unlawful": "违法留存",
    },
    "parts": {
        "identity": "身份信息",
        "contact": "联系方式",
        "dossier": "申报内容",
    },
    "file": {"conferred": "授予材料", "rejected": "未通过材料"},
    "shortlisted": {True: "入围", False: "未入围"},
    "approved": {True: "审定通过", False: "审定未通过"},
    "finding": {
        "fraud": "查实弄虚作假",
        "unfounded": "未查实",
        "immaterial": "属实但不影响",
        "ineligible": "属实且不符合条件",
    },
    "reason": {
        "disqualified": "已取消评选申报资格",
        "withdrawn": "已撤回申报",
        "merged": "已并入同一人的另一项申报",
        "ineligible": "不符合评选条件",
        "vetoed": "有一票否决情形",
    },
    "objector": {"person": "个人", "unit": "单位"},
    "signed": {True: "实名", False: "匿名"},
    "lead": {True: "列为线索", False: ""},
    "continued": {True: "继续核查", False: ""},
    "cause": {
        "suspension": "办公室暂停",
        "objection": "异议处理中",
        "false_deeds": "主要事迹失实",
        "criminal_penalty": "受刑事处罚",
        "grave_sanction": "受严重处分",
        "major_accident": "重大责任事故",
        "other_cause": "其他事由",
    },
    "declined": {True: "本人放弃陈述", False: "已听取陈述"},
    "advice": {"revoke": "建议撤销", "keep": "建议保留"},
    "what": {"certificate": "收回证书", "reward": "追回奖金"},
}
"""Field -> the words for its codes."""

LONGEST = 40
"""Characters of a text that somebody wrote."""


def detail(event: Event, withheld: frozenset[str] = frozenset()) -> str:
    """What matters in the event, without these fields; "" where its label says everything."""
    told = (_told(name, value) for name, value in event if name not in withheld)
    return "，".join(filter(None, told))


def _told(name: str, value: Any) -> str:
    if value is None or (isinstance(value, Sized) and not len(value)):
        return ""
    if isinstance(value, tuple) and name in COUNTED:
        return COUNTED[name].format(len(value))
    return SHOWN[name].format(_in_words(name, value)) if name in SHOWN else ""


def _in_words(name: str, value: Any) -> str:
    match value:
        case tuple():
            return "、".join(_in_words(name, one) for one in value)
        case dict():
            return "、".join(_in_words(name, one) for one in value.values())
        case Organisation():
            return value.name
        case Decimal():
            return f"{value:f}"
        case datetime():
            return f"{value.astimezone(BEIJING):%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case _:
            return _short(WORDS.get(name, {}).get(value, str(value)))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
