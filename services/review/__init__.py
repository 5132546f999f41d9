"""Review: who deserves the honour, and whether anything stands against it (评审、审定、核查).

Owns   Panel and Approval, one for each campaign: judges, ranking, shortlist; the leading group's
       decision on it, and the reserve. Practice: whom a campaign asks, and by when.
       Evaluation, Vetting and Clearance, one for each nomination: recusals, scores, the result;
       what departments answer; whether it may be conferred now.
       Investigation: an allegation, its evidence, the finding; fraud disqualifies at once.
Hears  intake: campaigns, nominations passed, withdrawn, merged, suspended, and their ties.
       publicity: notices closed, objections taken up and closed.  Departments: their replies.
Says   shortlist, list and reserve; vetting; investigations, disqualified, excluded; clearance.
Asks   intake, by RPC and on record there, to open what a nominee submitted to its readers.
Shows  the desks of the office, the experts, the leading group and the investigators.
"""

from services.review.approval import APPROVAL
from services.review.blindness import withheld
from services.review.clearance import CLEARANCE
from services.review.departments import DEPARTMENTS
from services.review.evaluation import EVALUATION
from services.review.investigation import INVESTIGATION
from services.review.panel import PANEL
from services.review.policies import announce, follow, react, timers
from services.review.practice import PRACTICE
from services.review.rejudging import REJUDGING
from services.review.vetting import VETTING
from services.review.views import DESKS
from shared.plan import Plan

PLAN = Plan(
    name="review",
    owns=(PANEL, EVALUATION, PRACTICE, VETTING, APPROVAL, INVESTIGATION, CLEARANCE),
    hears=("intake", "publicity"),
    follow=follow,
    react=react,
    announce=announce,
    timers=timers,
    views=(DESKS, DEPARTMENTS),
    rejudging=REJUDGING,
    withheld=withheld,
)
