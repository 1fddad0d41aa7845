"""Measure what rounding recalls costs, in classes that can be imported and in slopes.

    python benchmarks/rounded_recalls.py

First: of classes of n test samples whose recalls are printed to d decimals, how many leave one
count (every count from 0 to n is tried once). Second: what the paper's slope becomes where the
nearest count is taken instead, as pandas or a spreadsheet would: recalls as of networks on MNIST
(10 classes of 1,000 images, accuracy 99.1 % and 98.6 %), true slope 1.3, 2,000 pairs.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from data_contracts import ContractError
from data_contracts.importers.recalls import recovered_count
from rdstats.statistics.balance import normalized_recall_balance
from rdstats.statistics.slopes import slopes_through_origin

SUPPORTS = (10, 50, 100, 150, 200, 500, 1_000, 5_000, 10_000)
DECIMALS = (2, 3, 4)
CLASSES, IMAGES, PAIRS, SLOPE = 10, 1_000, 2_000, 1.3
ACCURACY_BEFORE, ACCURACY_AFTER, SPREAD = 0.991, 0.986, 0.004

FloatArray = npt.NDArray[np.float64]


def recovered_share(samples: int, decimals: int) -> float:
    """Return the share of the counts 0 ... samples whose printed recall leaves one count."""
    found = 0
    for correct in range(samples + 1):
        try:
            count = recovered_count(
                f"{correct / samples:.{decimals}f}", samples, decimals, "the recall is"
            )
        except ContractError:
            continue
        if count != correct:
            raise SystemExit(f"{correct} of {samples} came back as {count}")
        found += 1
    return found / (samples + 1)


def slopes(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return the slope of each pair, shape (pairs,), from recalls, shape (pairs, classes).

    Every class has as many images, so that accuracy is the mean recall.
    """
    return slopes_through_origin(
        normalized_recall_balance(before, before.mean(axis=1)),
        normalized_recall_balance(after, after.mean(axis=1)),
    )


def main() -> None:
    """Print both tables in Markdown."""
    header = " | ".join(f"{decimals} decimals" for decimals in DECIMALS)
    print(f"| test samples of the class | {header} |\n|---{'|---' * len(DECIMALS)}|")
    for samples in SUPPORTS:
        shares = (f"{recovered_share(samples, decimals):.1%}" for decimals in DECIMALS)
        print(f"| {samples:,} | {' | '.join(shares)} |")

    generator = np.random.default_rng(2022)
    luck = generator.normal(0, SPREAD, (PAIRS, CLASSES))
    balance = luck - luck.mean(axis=1, keepdims=True)
    before = np.rint(np.clip(ACCURACY_BEFORE * (1 + balance), 0, 1) * IMAGES) / IMAGES
    after = np.rint(np.clip(ACCURACY_AFTER * (1 + SLOPE * balance), 0, 1) * IMAGES) / IMAGES
    exact = slopes(before, after)
    print(f"\nMean slope from exact counts: {exact.mean():.3f}\n")
    print("| recalls printed with | mean slope | error of a pair, sd | pairs without a slope |")
    print("|---|---|---|---|")
    for decimals in DECIMALS:
        nearest = slopes(np.round(before, decimals), np.round(after, decimals))
        there = np.isfinite(nearest)  # recalls that all round to one number have no slope
        error = (nearest - exact)[there].std()
        print(
            f"| {decimals} decimals | {nearest[there].mean():.3f} | {error:.3f} "
            f"| {(~there).sum()} of {PAIRS:,} |"
        )


if __name__ == "__main__":
    main()
