"""`make bench`: how fast we are, beside the physical limit and the plain way, in one run."""
