"""Intake 受理与资格初审.

We own the campaign, each message of another system and its one answer, each nomination with its
whole procedural history, and the claim that gives one person one live nomination.

We hear from review how a nomination was scored, decided, investigated, cleared and disqualified,
and from publicity how it was posted, conferred or revoked: milestones of the nomination.

We say what was received, refused, held and resolved, the result of the pre-review, and which
fields of a person may be published.
"""

from services.intake.campaign import CAMPAIGN
from services.intake.claim import CLAIM
from services.intake.nomination import NOMINATION
from services.intake.policies import announce, follow, react, timers
from services.intake.submission import SUBMISSION
from services.intake.views import VIEWS
from shared.plan import Plan

PLAN = Plan(
    name="intake",
    owns=(CAMPAIGN, SUBMISSION, NOMINATION, CLAIM),
    hears=("review", "publicity"),
    follow=follow,
    react=react,
    announce=announce,
    timers=timers,
    views=VIEWS,
)
