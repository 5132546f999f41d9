"""Whole systems in a row. A package, so that what one of them started ends with it."""
