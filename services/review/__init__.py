"""Review: who deserves the honour, and whether anything stands against it (评审、审定、核查).

Owns   Panel, one for each campaign: its judges, the candidates, the ranking and the shortlist.
       Evaluation, one for each nomination: recusals, scores, the result.
       Approval, one for each campaign: the leading group's decision on the frozen list.
       Investigation: an allegation, its evidence, the finding; fraud disqualifies at once.
       Clearance, one for each nomination: whether it may be conferred now.
Hears  intake: campaigns opened, nominations pre-reviewed.  publicity: notices closed.
Says   shortlist drawn, list decided; investigation opened and concluded, nomination
       disqualified; clearance granted and withdrawn.
Asks   intake, by RPC and on record there, to open what a nominee submitted to its readers.
Shows  the desks of the office, the experts, the leading group and the investigators.
"""

from services.review.approval import APPROVAL
from services.review.clearance import CLEARANCE
from services.review.evaluation import EVALUATION
from services.review.investigation import INVESTIGATION
from services.review.panel import PANEL
from services.review.policies import announce, follow, react, timers
from services.review.views import DESKS
from shared.plan import Plan

PLAN = Plan(
    name="review",
    owns=(PANEL, EVALUATION, APPROVAL, INVESTIGATION, CLEARANCE),
    hears=("intake", "publicity"),
    follow=follow,
    react=react,
    announce=announce,
    timers=timers,
    views=(DESKS,),
)
