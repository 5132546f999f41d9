"""Work in the port area: now, in skilled posts, for long enough (S6, S9, S10, S57, S63)."""

from collections.abc import Iterator

from services.intake.rules.case import Case, error, warning
from services.intake.service_years import Span, full_years, has_gap, served
from shared.contracts.intake import Finding


def employed(case: Case) -> Iterator[Finding]:
    """S6: on the day of the nomination, by a unit of the port area."""
    day = case.received_on
    if not any(
        post.in_port_area and post.since <= day and (post.until is None or post.until >= day)
        for post in case.form.career
    ):
        yield error("S6", "申报人须为港区单位的在职职工，工作简历中没有目前在港区的工作。")


def skilled_service(case: Case) -> Iterator[Finding]:
    """S9 and S10 with A2 and A3: years elsewhere and in other posts do not count."""
    required, base = case.configuration.required_years, case.configuration.base_date
    spans = [
        Span(post.since, post.until)
        for post in case.form.career
        if post.in_port_area and post.skilled_post
    ]
    if not spans:
        yield error("S9", "工作简历中没有在嘉兴港区从事技能岗位的工作。")
    if not served(spans, required, base):
        yield error("S10", f"截至{base}，在港区从事技能岗位工作未满{required}年。")


def declared_years(case: Case) -> Iterator[Finding]:
    """S57: what is declared agrees with the career; fewer than required fails S10."""
    declared, configuration = case.form.years_in_port_area, case.configuration
    spans = [Span(post.since, post.until) for post in case.form.career if post.in_port_area]
    if declared is None:
        yield warning("S57", "未填写在港区工作年限。")
        return
    if declared > full_years(spans, configuration.base_date):
        yield warning("S57", "填报的在港区工作年限多于工作简历所能证明的年限。")
    if declared < configuration.required_years:
        yield error("S10", f"填报的在港区工作年限不足{configuration.required_years}年。")


def continuity(case: Case) -> Iterator[Finding]:
    """S63: gaps of more than three months, and lines that end before they begin."""
    spans = [Span(post.since, post.until) for post in case.form.career]
    if not spans:
        yield warning("S63", "未填写工作简历。")
    if any(span.end is not None and span.end < span.start for span in spans):
        yield warning("S63", "工作简历中有结束早于开始的时段。")
    if has_gap(spans, case.configuration.base_date):
        yield warning("S63", "工作简历中有超过三个月的空档，请说明。")


RULES = (employed, skilled_service, declared_years, continuity)
