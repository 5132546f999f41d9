"""Why a nomination leaves the selection without fraud."""

from typing import Literal

Ground = Literal["withdrawn", "merged", "ineligible", "vetoed", "replaced"]
"""撤回、重复并入、不符合条件、一票否决、名额已递补. Only a merger can be taken back: the office may
choose anew between two nominations (P7)."""
