"""Publicity: what the public is told, and the honour itself (公示、授予、撤销).

Owns   Notice, one for each campaign: gathers the decided list and the released entries, is
       published by the office, loses whoever is disqualified, closes by the clock.
       Honour, one for each nomination: conferred by the committee once review has cleared it;
       cancelled by a disqualification before, under revocation by one after.
       Certificate, one for each certificate number: it is given to one honour only.
Hears  intake: campaigns opened, entries released for publication.
       review: lists decided, clearances granted and withdrawn, disqualifications.
Says   notice published, entry withdrawn, notice closed; candidacy cancelled, title conferred,
       revocation opened.
Shows  the portal, the notices, the honour roll, and the feeds that the official portal reads.
"""

from services.publicity.certificate import CERTIFICATE
from services.publicity.honour import HONOUR
from services.publicity.notice import NOTICE
from services.publicity.policies import announce, follow, react, timers
from services.publicity.views import PORTAL
from shared.plan import Plan

PLAN = Plan(
    name="publicity",
    owns=(NOTICE, HONOUR, CERTIFICATE),
    hears=("intake", "review"),
    follow=follow,
    react=react,
    announce=announce,
    timers=timers,
    views=(PORTAL,),
)
