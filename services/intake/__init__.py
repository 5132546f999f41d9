"""Intake 受理与资格初审.

We own the campaign and its decisions on equal awards, each message of another system and its one
answer, each nomination with its whole procedural history, the claim that gives one person one live
nomination, and what follows a person from one campaign into the next.

We hear from review how a nomination was scored, vetted, decided, investigated, cleared and
disqualified, and from publicity how it was posted, objected to, conferred or revoked: milestones.

We say what was received, refused, held, resolved, corrected, withdrawn and suspended, the result
of the pre-review with what recusal looks at, and which fields of a person may be published.

When a term is over, or the law asks for it, we erase a person's data: by destroying keys.
"""

from services.intake.campaign import CAMPAIGN
from services.intake.claim import CLAIM
from services.intake.erasure import ERASURE, CompleteErasure, NoteKeysReturned
from services.intake.nomination import NOMINATION
from services.intake.policies import announce, follow, react, timers
from services.intake.precedents import PRECEDENTS
from services.intake.rejudging import REJUDGING
from services.intake.standing import STANDING
from services.intake.submission import SUBMISSION
from services.intake.views import VIEWS
from shared.plan import Erases, Plan

PLAN = Plan(
    name="intake",
    owns=(CAMPAIGN, SUBMISSION, NOMINATION, CLAIM, STANDING, PRECEDENTS, ERASURE),
    hears=("review", "publicity"),
    follow=follow,
    react=react,
    announce=announce,
    timers=timers,
    views=VIEWS,
    answers_publishers=True,
    erases=Erases(ERASURE.name, CompleteErasure.name, NoteKeysReturned.name),
    rejudging=REJUDGING,
)
