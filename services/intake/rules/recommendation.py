"""Who recommends, by which channel, how they chose, and when (S26–S29, S32, S42, S62, P18)."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import get_args

from services.intake.rules.case import Case, error, warning
from shared.calendar import BEIJING
from shared.contracts.intake import Channel, Finding
from shared.formats import credit_codes

TOWN = "乍浦镇"
LONGEST_NAME = 100
CHANNELS: tuple[str, ...] = get_args(Channel)


def channel(case: Case) -> Iterator[Finding]:
    """S26: one of the two channels, and one that the publisher may use.

    Nobody nominates himself: the form's 自荐承诺 is the person's word that all is true (A9, S67).
    Whether the person or the unit brings the papers is the same, with both signatures (A10).
    """
    if case.data.channel not in CHANNELS:
        yield error("S26", "推荐渠道须为单位推荐或行业组织推荐之一，不接受自荐。")
    elif case.data.channel not in case.publisher.channels:
        yield error("S26", "报送系统未获授权通过该渠道推荐，请由获授权的系统报送。")


def recommender(case: Case) -> Iterator[Finding]:
    """S62: the box agrees with what kind of unit recommends; S29: associations."""
    unit = case.data.recommender
    if not unit.name.strip() or not unit.name.isprintable() or len(unit.name) > LONGEST_NAME:
        yield error("S62", f"须填写推荐单位全称，不超过{LONGEST_NAME}个字符。")
    if not credit_codes.is_valid(unit.uscc, rehearsal=case.rehearsal):
        yield error("S62", "推荐单位的统一社会信用代码不正确。")
    association = credit_codes.is_association(unit.uscc)
    if case.data.channel == "industry_association" and not association:
        yield error("S29", "行业组织推荐须由行业协会等社会团体（信用代码以51开头）作出。")
    if case.data.channel == "employer" and association:
        yield error("S62", "推荐类型为单位推荐，推荐单位却是社会团体，应选择行业组织推荐。")


def own_employee(case: Case) -> Iterator[Finding]:
    """S28: a unit recommends its own people, the town those of its units."""
    unit, employer = case.data.recommender, case.form.employer
    if (
        case.data.channel == "employer"
        and unit.uscc != employer.uscc
        and not unit.name.startswith(TOWN)
    ):
        yield warning("S28", "推荐单位与工作单位不一致，请核实隶属关系。")


def selection(case: Case) -> Iterator[Finding]:
    """S27: how the unit chose; S42: who reviewed the papers, and when."""
    opinion = case.form.recommender_opinion
    if not opinion.selection_method.strip():
        yield error("S27", "须说明推荐人选的产生方式（民主推荐、会议研究、公示等）。")
    if not opinion.reviewed_by.strip() or opinion.reviewed_on is None:
        yield error("S42", "须填写推荐单位审核材料的人员和日期。")
    elif opinion.reviewed_on > case.signed_by:
        yield error("S42", "推荐单位的审核须在上报之前完成。")


def unit_notice(case: Case) -> Iterator[Finding]:
    """P18: the unit posted its candidate itself, where the campaign asks for it.

    None of the nine kinds of S30 proves that, so the unit says it with how it chose (S27).
    """
    method = case.form.recommender_opinion.selection_method
    if case.configuration.entrance.unit_notice_required and "公示" not in method:
        yield error("P18", "推荐单位须先在单位内部公示，并在推荐人选的产生方式中写明公示情况。")


def in_time(case: Case) -> Iterator[Finding]:
    """S32 with A1: the message by our own clock and the paper, both by the deadline."""
    deadline = case.configuration.deadline
    until = f"{deadline.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    if case.received_at > deadline:
        yield error("S32", f"电子材料的收到时间晚于截止时间（{until}）。")
    paper = case.data.paper_received_at
    if paper is None:
        return
    if paper > deadline:
        yield error("S32", f"纸质材料的收到时间晚于截止时间（{until}）。")
    if paper < datetime.combine(case.configuration.issued_on, time(), BEIJING):
        yield error("S32", "纸质材料的收到时间早于评选通知的成文日期。")


RULES = (channel, recommender, own_employee, selection, unit_notice, in_time)
