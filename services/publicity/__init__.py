"""Publicity: what the public is told, and the honour itself (公示、异议、授予、撤销).

Owns   Notice, for each campaign: the decided list and the released entries, posted by the office,
       posted again where they change, closed by the clock; loses whoever is out.
       Objection, one for each: received, taken up or not, answered; who objects is sealed, and
       erased at the end of the file's term.
       Honour, for each nomination: conferred by the committee once review has cleared it and
       nothing is open. Revocation, for each nomination: how a title is taken back.
       Certificate, one for each certificate number: it is given to one honour only.
Hears  intake and review: campaigns, entries, the decided list and who moves up, clearances, who is
       out and why, what became of an objection.
Says   what is posted, extended, withdrawn, closed; objections; conferred, paid, revoked; to the
       world, which items of the feeds came, changed or went.
Shows  the portal, the notices, the honour roll, and the feeds that the official portal reads.
"""

from services.publicity.certificate import CERTIFICATE
from services.publicity.erasure import CompleteErasure, NoteKeysReturned
from services.publicity.honour import HONOUR
from services.publicity.kept import TABLES
from services.publicity.news import news
from services.publicity.notice import NOTICE
from services.publicity.objection import OBJECTION
from services.publicity.policies import announce, follow, react, timers
from services.publicity.register import REGISTER
from services.publicity.rejudging import REJUDGING
from services.publicity.revocation import REVOCATION
from services.publicity.views import ERASURES, PORTAL
from shared.plan import Erases, Plan

PLAN = Plan(
    name="publicity",
    owns=(NOTICE, OBJECTION, HONOUR, REVOCATION, CERTIFICATE),
    hears=("intake", "review"),
    follow=follow,
    react=react,
    announce=announce,
    timers=timers,
    keeps=TABLES,
    views=(PORTAL, REGISTER, ERASURES),
    erases=Erases(OBJECTION.name, CompleteErasure.name, NoteKeysReturned.name),
    rejudging=REJUDGING,
    news=news,
)
