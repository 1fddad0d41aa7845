"""The words of a verdict, how far it reaches, and the errors and margin behind it; no scipy."""

from __future__ import annotations

from typing import Final

QUANTITIES: Final = ("drop", "excess")  # what is judged: R - R_t, or what exceeds accuracy's drop
MARGIN: Final = 0.05  # a drop of five points matters unless the user says otherwise
ERROR: Final = 0.05  # of harmed over the whole family, and of unharmed for each class
POWER: Final = 0.8  # the chance with which a smallest visible drop is seen

HARMED: Final = "harmed"  # the adjusted test says: the drop is above the margin
UNHARMED: Final = "unharmed"  # the class's own upper bound is below the margin
INCONCLUSIVE: Final = "inconclusive"  # neither
NOT_TESTABLE: Final = "not testable"  # the table cannot say

THESE: Final = "these samples"  # how far an interval reaches: from counts alone
LIKE_THESE: Final = "samples like these"  # with the answers beside the counts
SCOPES: Final = (THESE, LIKE_THESE)
