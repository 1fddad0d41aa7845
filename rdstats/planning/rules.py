"""How often a threshold errs: `after >= 0.95 * before` and its kind, exactly.

Of n samples the model before gets X right, binomial. Given X, those it keeps and those the model
after gains are two more binomials, so the chance that a rule passes is a finite sum.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import stats

from rdstats.errors import StatsError
from rdstats.paired.power import chance_to_decide
from rdstats.statistics.arrays import BoolArray, FloatArray
from rdstats.statistics.verdicts import ERROR

RELATIVE_DROPS: Final = (0.0, 0.01, 0.02, 0.03, 0.05, 0.08, 0.10, 0.15)
"""True losses that are looked at unless told, as shares of what there was."""

_MOST_SAMPLES: Final = 20_000  # that are tried for a rule that errs no more than 5 %
_TAIL: Final = 1e-13  # of each binomial, left out on each side
_STEP: Final = 1e-4  # of the drop, in which a rule's limit is looked for

_OPERATORS: Final[Mapping[type[ast.AST], Callable[..., Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
    ast.LtE: operator.le,
    ast.Lt: operator.lt,
}
_GRAMMAR: Final = (
    "a rule compares sums, differences, products and quotients of numbers and before, after, drop "
    "and samples, as 'after >= 0.95 * before'; round(x, digits) rounds, and error(share) is its "
    "standard error"
)


@dataclass(frozen=True)
class Rule:
    """A rule as it is written, such as `after >= 0.95 * before`.

    Raises:
        StatsError: It cannot be read.
    """

    text: str

    def __post_init__(self) -> None:
        try:
            found = self.passes(np.array([0.8, 0.5]), np.array([0.7, 0.5]), 100)
        except (SyntaxError, ValueError, KeyError, TypeError, RecursionError, MemoryError) as error:
            raise StatsError(f"rule {self.text[:80]!r} cannot be read: {_GRAMMAR}") from error
        if found.dtype != bool or found.shape != (2,):
            raise StatsError(f"rule {self.text[:80]!r} compares nothing: {_GRAMMAR}")

    def passes(self, before: FloatArray, after: FloatArray, samples: int) -> BoolArray:
        """Return whether shares right before and after pass, of so many samples."""
        names = {"before": before, "after": after, "drop": before - after, "samples": samples}

        def error(share: FloatArray) -> FloatArray:
            return np.asarray(np.sqrt(np.maximum(share * (1.0 - share), 0.0) / samples))

        def value(node: ast.AST) -> Any:
            match node:
                case ast.Expression(body=body):
                    return value(body)
                case ast.Constant(value=int() | float() as number):
                    return float(number)
                case ast.Name(id=name):
                    return names[name]
                case ast.BinOp(left=left, op=kind, right=right):
                    return _OPERATORS[type(kind)](value(left), value(right))
                case ast.UnaryOp(op=kind, operand=operand):
                    return _OPERATORS[type(kind)](value(operand))
                case ast.Compare(left=left, ops=[kind], comparators=[right]):
                    return _OPERATORS[type(kind)](value(left), value(right))
                case ast.Call(
                    func=ast.Name(id="round"), args=[share, ast.Constant(value=int() as n)]
                ):
                    return np.round(value(share), n)
                case ast.Call(func=ast.Name(id="error"), args=[share]):
                    return error(value(share))
            raise ValueError

        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(value(self._tree))

    @cached_property
    def _tree(self) -> ast.Expression:
        """The rule as it is read, once and not for every count."""
        return ast.parse(self.text.strip(), mode="eval")

    def limit(self, before: float, samples: int) -> float:
        """Return the largest true drop that passes where shares are just the true ones, or NaN."""
        drops = np.arange(0.0, before, _STEP)
        after = before - drops + 1e-12  # a drop that is just allowed is, whatever its rounding
        passed = self.passes(np.full(drops.shape, before), after, samples)
        return float(drops[passed].max()) if passed.any() else np.nan


def audit_rule(
    rule: str,
    samples: Sequence[int],
    before: float,
    churn: float,
    drops: Sequence[float] = (),
    *,
    margin: float | None = None,
) -> pd.DataFrame:
    """Return a row per number of samples and true drop: how often a rule passes, and what to do.

    Args:
        rule: As `after >= 0.95 * before`; also `round(after / before, 2) >= 0.95`, `drop <= 0.01`,
            `before - error(before) <= after + error(after)`.
        samples: Numbers of test samples.
        before: True share that the model before gets right, above 0 and below 1.
        churn: True share of samples whose correctness changes; a larger drop changes as many.
        drops: True drops; by default 0, 1, 2, 3, 5, 8, 10 and 15 % of before.
        margin: What `check` is asked about; by default the largest true drop that the rule passes
            where shares are just the true ones.

    Returns:
        rule, samples, before, churn: What was asked.
        drop, relative_drop: The true drop, in shares, and as a share of before.
        passes: Chance that the rule passes, exactly.
        margin: That of `check`; null where the rule has none.
        check_clears, check_harms: Chances that `check` calls one class, or all samples together,
            unharmed and harmed.
        samples_to_reject: The fewest samples of which the rule passes such a drop in 5 % at most;
            null where it does not err, or where 20,000 are too few.

    Raises:
        StatsError: The rule cannot be read, or a number is out of its range.

    Example:
        >>> import rdstats as rd
        >>> found = rd.audit_rule("after >= 0.95 * before", [1000], 0.78, 0.12, [0.039])
        >>> round(found["passes"].item(), 2)
        0.5
    """
    read = Rule(rule)
    if not 0.0 < before < 1.0:
        raise StatsError(f"before {before:g} is no share right: choose one above 0 and below 1")
    if not 0.0 <= churn <= 1.0:
        raise StatsError(f"churn {churn:g} is no share of samples: choose one from 0 to 1")
    for n in samples:
        if not 1 <= n <= 1_000_000:
            raise StatsError(f"{n:,} samples: choose 1 to 1,000,000")
    asked = tuple(drops) or tuple(before * share for share in RELATIVE_DROPS)
    for drop in asked:
        if not 0.0 <= drop <= before:
            raise StatsError(f"a drop of {drop:g} from {before:g}: choose one from 0 to {before:g}")
    if margin is not None and not 0.0 < margin < 1.0:
        raise StatsError(f"margin {margin:g} is no drop: choose a share above 0 and below 1")
    fewest = {drop: _samples_to_reject(read, before, churn, drop) for drop in asked}
    rows = []
    for n in samples:
        allowed = read.limit(before, n) if margin is None else margin
        for drop in asked:
            lost, gained = _flips(before, churn, drop)
            row: dict[str, object] = {"rule": rule, "samples": n, "before": before, "churn": churn}
            row |= {"drop": drop, "relative_drop": drop / before}
            row |= {"passes": chance_to_pass(read, n, before, lost, gained), "margin": allowed}
            for name, harm in (("check_clears", False), ("check_harms", True)):
                row[name] = np.nan
                if allowed * n >= 1.0:
                    one = np.array([gained]), np.array([n]), np.array([allowed])
                    chance = chance_to_decide(*one, ERROR, harm=harm)
                    row[name] = float(chance(np.array([lost]))[0])
            row["samples_to_reject"] = fewest[drop]
            rows.append(row)
    return pd.DataFrame(rows).astype({"samples_to_reject": "Int64"})


def _flips(before: float, churn: float, drop: float) -> tuple[float, float]:
    """Return the true shares of lost and of gained samples; no more can be gained than is wrong."""
    gained = min(max(churn - drop, 0.0) / 2.0, 1.0 - before)
    return min(gained + drop, before), gained


def chance_to_pass(rule: Rule, samples: int, before: float, lost: float, gained: float) -> float:
    """Return the chance that a rule passes, for true shares of samples lost and gained."""
    right, likely = _chances(samples, before)
    total = 0.0
    for x, chance in zip(right.tolist(), likely.tolist(), strict=True):
        kept, of_kept = _chances(x, 1.0 - lost / before)
        come, of_come = _chances(samples - x, gained / (1.0 - before))
        after = kept[0] + come[0] + np.arange(kept.size + come.size - 1)
        shares = np.full(after.shape, x / samples), after / samples
        passed = rule.passes(*shares, samples)
        if passed.any():
            total += chance * float(np.convolve(of_kept, of_come) @ passed)
    return min(total, 1.0)


def _chances(n: int, share: float) -> tuple[Any, FloatArray]:
    """Return the counts that are not out of reach, and their chances."""
    low, high = np.asarray(stats.binom.ppf([_TAIL, 1.0 - _TAIL], n, share)).tolist()
    counts = np.arange(max(int(low), 0), max(int(high), 0) + 1)
    return counts, stats.binom.pmf(counts, n, share)


def _samples_to_reject(rule: Rule, before: float, churn: float, drop: float) -> int | None:
    """Return the fewest samples from which such a drop passes in 5 % at most, None where none."""
    lost, gained = _flips(before, churn, drop)

    def fits(n: int) -> bool:
        return chance_to_pass(rule, n, before, lost, gained) <= ERROR

    if rule.passes(np.array([before]), np.array([before - drop]), _MOST_SAMPLES)[0]:
        return None
    low = 0
    for high in _doubled():
        if fits(high):
            break
        low = high
    else:
        return None
    while high - low > max(high // 200, 1):  # the chance has teeth of a few samples
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def _doubled() -> Iterator[int]:
    n = 16
    while n < _MOST_SAMPLES:
        yield n
        n *= 2
    yield _MOST_SAMPLES
