"""Every read model of a service: its own, its timers and its index of cases."""

from shared.audit.cases import Cases
from shared.plan import Plan, View
from shared.timers import Timers


def views_of(plan: Plan) -> tuple[View, ...]:
    """All views that the projector keeps for this service."""
    return (*plan.views, Timers(plan.timers), Cases())
