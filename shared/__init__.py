"""What the three services share: how messages look, how events are kept and how they travel."""
