"""A slope and its interval as a change in words, and the numbers and lists of sentences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_MOST_PERCENT: Final = 3.0
"""Slopes up to here read as per cent ("widened by 150 %"); beyond, as slopes."""


@dataclass(frozen=True)
class Change:
    """A slope, the bounds of its interval (NaN where there is none) and its level, as 0.99."""

    slope: float
    low: float
    high: float
    level: float

    @property
    def is_defined(self) -> bool:
        """Whether there is an estimate."""
        return math.isfinite(self.slope)

    @property
    def has_interval(self) -> bool:
        """Whether there is an interval around it."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def reads_as_percent(self) -> bool:
        """Whether it reads well as a change in per cent: nothing below 0, nothing huge."""
        known = [v for v in (self.slope, self.low, self.high) if math.isfinite(v)]
        return all(0.0 <= value <= _MOST_PERCENT for value in known)

    def signed(self, *, named: bool = True) -> str:
        """Return the change with its sign: `+1 % (99 % interval −2 to 4 %)`.

        Args:
            named: Whether the interval is named by its level.
        """
        if not self.is_defined:
            return "an undefined slope"
        if not self.reads_as_percent:
            return f"a slope of {self.as_slope(named=named)}"
        change, low, high = percents([self.slope - 1.0, self.low - 1.0, self.high - 1.0])
        estimate = change if change.startswith("−") else f"+{change}"
        if float(change.replace("−", "-")) == 0.0:
            # "+0 %" would be the wrong sign of a slope of 0.997.
            unit = 10.0 ** -(len(change.partition(".")[2]))
            estimate = "0" if self.slope == 1.0 else f"less than {unit:g}"
        return self._with_interval([estimate, low, high], " %", named=named)

    def amount(self) -> str:
        """Return the size of a change whose direction is said: `21 % (99 % interval 12 to 31 %)`.

        A narrowing is turned round: slope 0.8 (0.7 to 0.9) is a narrowing by 20 % (10 to 30 %).
        """
        sizes = [self.slope - 1.0, self.low - 1.0, self.high - 1.0]
        if self.slope < 1.0:
            sizes = [-sizes[0], -sizes[2], -sizes[1]]
        return self._with_interval(percents(sizes), " %")

    def as_slope(self, *, named: bool = True) -> str:
        """Return the slope itself: `3.50 (99 % interval 2.10 to 4.90)`."""
        slopes = [number(value, 2) for value in (self.slope, self.low, self.high)]
        return self._with_interval(slopes, named=named)

    def _with_interval(self, texts: Sequence[str], unit: str = "", *, named: bool = True) -> str:
        """Return an estimate and its bounds as one text; the estimate alone without them."""
        estimate, low, high = texts
        if not self.has_interval:
            return f"{estimate}{unit}"
        name = f"{100.0 * self.level:.4g} % interval " if named else ""
        return f"{estimate}{unit} ({name}{low} to {high}{unit})"


def percents(shares: Sequence[float]) -> list[str]:
    """Return an estimate and its bounds as whole per cent, finer where a bound would read 0.

    An interval that ends at 0.3 % must not read as one that holds 0.
    """
    decimals = 0
    while decimals < 2 and any(
        math.isfinite(share) and share != 0 and round(100.0 * share, decimals) == 0
        for share in shares[1:]
    ):
        decimals += 1
    return [number(100.0 * share, decimals) for share in shares]


def number(value: float, decimals: int) -> str:
    """Return a number with a true minus sign, and no sign before a zero."""
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def joined(parts: Sequence[str]) -> str:
    """Return parts as a list: "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
