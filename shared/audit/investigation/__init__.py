"""Finding fraud over a campaign: facts in, findings out.

    findings = investigate(Facts(intake=…, review=…, publicity=…))

One file for each kind of finding, all of them pure; the method is told in deploy/investigation.md.
A finding is a lead for people who look into it, never a proof. Services import facts.py and
edits.py alone: the libraries of statistics are loaded only where there is something to compute.
"""
