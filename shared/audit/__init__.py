"""What makes the history evidence: the ledger's leaves and the timeline of a case."""
