"""The three services of a selection: intake, review, publicity. None imports another."""
