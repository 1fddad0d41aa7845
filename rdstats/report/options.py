"""What a report is asked for beside the selection: margins, and which tests."""

from dataclasses import dataclass
from typing import Final

from rdstats.statistics.class_verdicts import MARGIN as CLASS_MARGIN
from rdstats.statistics.intervals import MARGIN as SLOPE_MARGIN
from rdstats.statistics.ttests import STUDENT, WELCH


@dataclass(frozen=True)
class ReportOptions:
    """The options of `rdstats conditions`, `classes` and `compare` that a report takes.

    Attributes:
        delta: Margin of the equivalence of slopes.
        margin: The largest drop of a class's recall that does not matter.
        quantity: What of a class is judged: `drop` or `excess`.
        student: Student's test for independent arms, instead of Welch's.
    """

    delta: float = SLOPE_MARGIN
    margin: float = CLASS_MARGIN
    quantity: str = "drop"
    student: bool = False


DEFAULTS: Final = ReportOptions()


def option_lines(options: ReportOptions) -> tuple[tuple[str, str], ...]:
    """Return the options as lines of name and value."""
    judged = "R − R_t" if options.quantity == "drop" else "beyond the fall of accuracy"
    return (
        ("slopes count as unchanged within", f"±{options.delta:g}"),
        ("drops of a class that do not matter", f"up to {options.margin:g} ({judged})"),
        ("tests of independent arms", STUDENT if options.student else WELCH),
    )
