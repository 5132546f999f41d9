"""Finding fraud over a campaign: facts in, findings out.

    findings = investigate(Facts(intake=…, review=…, publicity=…))

One file for each kind of finding, all of them pure; the method is told in deploy/investigation.md.
A finding is a lead for people who look into it, never a proof.
"""

from shared.audit.investigation.facts import Facts
from shared.audit.investigation.finding import Evidence, Finding
from shared.audit.investigation.investigate import LEVEL, investigate

__all__ = ["LEVEL", "Evidence", "Facts", "Finding", "investigate"]
