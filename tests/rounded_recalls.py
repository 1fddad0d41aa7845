"""Measure what rounding recalls costs, in classes that can be imported and in slopes.

    python tests/rounded_recalls.py

First: of classes of n test samples whose recalls are printed to d decimals, how many leave one
count (every count from 0 to n is tried once). Second: what the paper's slope becomes where the
nearest count is taken instead, as pandas or a spreadsheet would: recalls as of networks on MNIST
(10 classes of 1,000 images, accuracy 99.1 % and 98.6 %), true slope 1.3, 2,000 pairs. Third: of
200 random reports of two decimals, how many classes keep several counts, and of how many of these
the macro and weighted averages of the report would rule out one more.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.metrics import classification_report

from data_contracts import ContractError
from data_contracts.importers import ImportOptions, evaluated_models
from data_contracts.importers.recalls import recovered_count
from rdstats.statistics.balance import normalized_recall_balance
from rdstats.statistics.slopes import slopes_through_origin

SUPPORTS = (10, 50, 100, 150, 200, 500, 1_000, 5_000, 10_000)
DECIMALS = (2, 3, 4)
CLASSES, IMAGES, PAIRS, SLOPE = 10, 1_000, 2_000, 1.3
ACCURACY_BEFORE, ACCURACY_AFTER, SPREAD = 0.991, 0.986, 0.004

REPORTS, SMALLEST, LARGEST = 200, 50, 2_000
HALF = 0.005  # of the last of two decimals

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


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


def narrowed_by_averages(
    classes: int, generator: np.random.Generator, folder: Path
) -> tuple[IntArray, IntArray]:
    """Return how many counts each class of a random report keeps, without and with its averages.

    An average rules out what would need another class beyond the numbers that are printed of it:
    intervals of every class's precision, recall and f1-score, drawn together until none moves.
    """
    sizes = np.exp(generator.uniform(np.log(SMALLEST), np.log(LARGEST), classes)).astype(int)
    true = np.repeat(np.arange(classes), sizes)
    right = generator.random(len(true)) < np.repeat(generator.beta(8, 2, classes), sizes)
    other = (true + generator.integers(1, classes, len(true))) % classes
    text = str(classification_report(true, np.where(right, true, other), zero_division=0))
    (folder / "report.txt").write_text(text)
    options = ImportOptions(between=True)
    (found,) = evaluated_models("sklearn-report", folder / "report.txt", options)
    ends = found.counts.between or (found.counts.n_correct, found.counts.n_correct)
    low, high = (each.copy() for each in ends)
    printed = [line.split() for line in text.splitlines() if line.strip()]
    of_class = np.array([row[1:4] for row in printed[1 : classes + 1]], dtype=float).T
    least, most = np.maximum(of_class - HALF, 0), np.minimum(of_class + HALF, 1)
    for _ in range(5):
        least[1], most[1] = np.maximum(least[1], low / sizes), np.minimum(most[1], high / sizes)
        for row, weights in ((-2, np.ones(classes) / classes), (-1, sizes / sizes.sum())):
            average = np.array(printed[row][2:5], dtype=float)[:, None]
            lowest, highest = weights * least, weights * most
            below = average - HALF - (highest.sum(axis=1, keepdims=True) - highest)
            above = average + HALF - (lowest.sum(axis=1, keepdims=True) - lowest)
            least, most = np.maximum(least, below / weights), np.minimum(most, above / weights)
        for place, size in enumerate(sizes):
            counts = np.arange(low[place], high[place] + 1)
            with np.errstate(divide="ignore", invalid="ignore"):
                fewest = np.maximum(counts / most[0, place], 2 * counts / most[2, place] - size)
                largest = np.minimum(counts / least[0, place], 2 * counts / least[2, place] - size)
            recalls = counts / size
            fits = np.ceil(np.maximum(counts, fewest) - 1e-9) <= np.floor(largest + 1e-9)
            fits &= (recalls >= least[1, place] - 1e-9) & (recalls <= most[1, place] + 1e-9)
            low[place], high[place] = counts[fits | (counts == 0)][[0, -1]]
    return ends[1] - ends[0] + 1, high - low + 1


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

    print("\n| classes of a report | keep several counts | fewer by averages | one by them |")
    print("|---|---|---|---|")
    for classes in (2, 3, 10):
        with tempfile.TemporaryDirectory() as name:
            reports = [narrowed_by_averages(classes, generator, Path(name)) for _ in range(REPORTS)]
        before, after = (np.concatenate(each) for each in zip(*reports, strict=True))
        several = before > 1
        print(
            f"| {classes} | {several.mean():.1%} | {(after < before)[several].mean():.1%} "
            f"| {(after == 1)[several].mean():.1%} |"
        )


if __name__ == "__main__":
    main()
