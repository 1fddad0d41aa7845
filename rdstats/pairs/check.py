"""The verdict on one pair of models: which classes paid, and what a gate says."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from pyarrow import fs

from data_contracts.errors import ContractError
from data_contracts.importers import ImportOptions, format_of, recognised
from data_contracts.reading import is_recall_table
from data_contracts.sources import SourceFile
from data_contracts.words import listed
from rdstats.output.words import UNITS, class_label
from rdstats.paired.verdicts import FAIL, PASS
from rdstats.pairs import words
from rdstats.pairs.class_table import Limits, in_harmed_groups, judged
from rdstats.pairs.counts import (
    PairCounts,
    grouped,
    of_groups,
    pair_of_files,
    pair_of_frames,
    pair_of_labels,
    with_groups,
)
from rdstats.pairs.recall_rows import Where, pair_of_recall_tables, pair_of_rows
from rdstats.pairs.samples import column_of_values
from rdstats.statistics.verdicts import (
    HARMED,
    INCONCLUSIVE,
    MARGIN,
    UNHARMED,
)
from rdstats.tables.reading import Source, as_table

if TYPE_CHECKING:
    from rdstats.charts.theme import Picture
    from rdstats.pages.origins import Lines

EXIT_CODES: Final[Mapping[str, int]] = {PASS: 0, FAIL: 1, INCONCLUSIVE: 3}


@dataclass(frozen=True, repr=False)
class Check:
    """What is known of one pair of models.

    It speaks of these two checkpoints: noise is that of the test samples, and another seed of the
    same method may end otherwise. docs/check.md says how every number is found.

    Attributes:
        classes: A row per class, with the columns of the table of classes over seeds (class_index
            to status, `models` 1), and
            upper: its own one-sided 95 % upper bound; unharmed is upper < margin;
            lost, gained, churn: samples right before and wrong after, the other way round, and
            the share of both; null where samples are not matched;
            mcnemar_p: exact two-sided p of no drop at all, not adjusted;
            images_that_settle: of an inconclusive class, the samples that would settle it four
            times in five if its true shares of lost and gained samples are what was measured;
            family_size, bounds_level, interval: classes; level and kind of low and high;
            margin, quantity: as given; `relative` where the margin is a share of the recall: then
            low, high and upper are of relative_drop, 1 - R_t / R (null where R is 0);
            wrong_to_other_wrong: samples wrong in both, with another answer; null where answers
            are not known; went_to: the answers that the class gets more often than before, the
            difference of the two confusion matrices, as "shirt +14, coat +3";
            clusters, clusters_to_clear: with `cluster`, those of the class, and the number below
            which even two identical files would not clear it;
            samples_to_clear: the samples below which even two identical files would not clear
            the class, null where there are as many;
            q: Benjamini and Hochberg's false discovery rate of all classes; no verdict uses it;
            p_harm, drop_shrunk with drop_shrunk_low and _high, suspect: from 100 classes on, where
            the drop of matched samples is judged, what the classes together say of each
            (`rdstats.statistics.many_classes`); no verdict uses them either;
            group, p_in_group: with `groups`, the class's group, and where that is harmed Holm's p
            in the family of its classes.
        overall: Of both models as a whole: before, after (what they are called), n_samples,
            n_classes, matched; accuracy_before, accuracy_after, accuracy_drop, accuracy_ratio
            (A / A_t: alpha is this times the slope of the balances B), mcnemar_p; alpha of this
            one pair and alpha_status, `ok` or why there is none; recall_variance_before and
            recall_variance_after, collapsed_before and collapsed_after (classes recalled less
            often than by guessing); correctness_changed and answers_changed, shares of the
            samples; counts, `exact`, `rounded` (recovered from rounded recalls) or `between`
            (several are possible: a verdict holds for each of them), and not_told, the classes
            of which the decimals do not tell; caveat; margin, quantity, gate, and how many
            classes have each verdict; class_margins, those of single classes; never_recognised,
            the classes without a right answer before, which are not testable; right_to_wrong
            (negative flips), wrong_to_right, wrong_to_other_wrong, samples of all classes;
            clusters, of all samples; share_harmed with _low and _high, an estimate of how many
            classes lost more than the margin, and suspects, how many are (null below 100 classes).
        moved: Where answers went, a row per class and answer that is given more or less often
            than before: class_label, answer, samples (after less before), change (the same as a
            share of the class); None where answers are not known or groups are judged.
        groups: With `groups`, the check of groups of classes, whose counts add.

    Example:
        >>> import rdstats as rd
        >>> truth = ["cat", "dog"] * 100
        >>> after = ["cat", "cat", "cat", "dog"] * 50
        >>> check = rd.check_models(truth, truth, after)
        >>> print(check.summary().splitlines()[0])
        1 of 2 classes harmed beyond 5 points (dog), 1 unharmed.
        >>> check.gate, check.overall["accuracy_after"]
        ('fail', 0.75)
    """

    classes: pd.DataFrame
    overall: Mapping[str, Any]
    moved: pd.DataFrame | None = None
    groups: Check | None = None

    @property
    def gate(self) -> str:
        """`pass`: every class is unharmed; `fail`: one is harmed; else `inconclusive`."""
        return str(self.overall["gate"])

    @property
    def exit_code(self) -> int:
        """What `rdstats check --gate` leaves with: 0 pass, 1 fail, 3 inconclusive."""
        return EXIT_CODES[self.gate]

    @property
    def harmed(self) -> tuple[str, ...]:
        """The classes shown to have lost more than the margin (beyond accuracy's drop), by name."""
        return self.named(HARMED)

    @property
    def unharmed(self) -> tuple[str, ...]:
        """The classes shown to have lost less than that, by name."""
        return self.named(UNHARMED)

    @property
    def inconclusive(self) -> tuple[str, ...]:
        """The classes of which these samples cannot tell, by name."""
        return self.named(INCONCLUSIVE)

    @cached_property
    def labels(self) -> list[str]:
        """Every class's name, its index where it has none."""
        return list(map(class_label, self.classes["class_name"], self.classes["class_index"]))

    def named(self, verdict: str) -> tuple[str, ...]:
        """Return the classes with this verdict, by name or else by index."""
        found = self.classes["verdict"]
        return tuple(name for name, word in zip(self.labels, found, strict=True) if word == verdict)

    def summary(self) -> str:
        """Return what `rdstats check` says: the verdict first, then what could not be seen."""
        gate = f"Gate: {words.gate_words(self)}."
        return "\n".join((*words.sentences(self), gate, f"This is {self.overall['caveat']}."))

    def chart(self) -> Picture:
        """Return what each class lost with its interval, as an `alt.Chart`."""
        from rdstats.charts.of_classes import drops  # altair takes a second to load

        return drops(self.classes)

    def to_json(self, columns: str | None = None) -> str:
        """Return everything as JSON, as `rdstats check --out FILE.json` writes it.

        `columns` are those of the classes, as "class_name,drop"; by default all.
        """
        from rdstats.pairs.page import as_json

        return as_json(self, columns)

    def write_page(
        self, path: os.PathLike[str] | str, sources: Lines = (), *, figures: Sequence[str] = ()
    ) -> Path:
        """Write the page of `rdstats check --page` into a folder and return that of index.html.

        Args:
            path: The folder; made where it is missing.
            sources: Where the numbers come from, as pairs of name and value.
            figures: Which files of each figure: svg, pdf, png.

        Raises:
            OSError: The folder cannot be written.
        """
        from rdstats.pairs.page import write_check_page

        return write_check_page(self, Path(path), sources, figures=figures)

    def __repr__(self) -> str:
        about = " · ".join(words.heading_lines(self))
        return f"Check: {words.summary_sentence(self)} Gate: {self.gate}. {about}."

    def _repr_html_(self) -> str:
        from rdstats.pairs.page import as_html

        return as_html(self)


def check_models(
    y_true: object = None,
    before: object = None,
    after: object = None,
    *,
    margin: float = MARGIN,
    class_margins: Mapping[str, float] | None = None,
    relative_margin: float | None = None,
    quantity: str = "drop",
    matched: bool = True,
    labels: Sequence[object] | None = None,
    format_name: str | None = None,
    options: ImportOptions | None = None,
    cluster: object = None,
    by: object = None,
    groups: object = None,
) -> Check:
    """Return the verdict on two models from what they answered on the same test set.

    `check_models(y_true, before, after)` takes arrays, `check_models(before, after)` two files, or
    two tables with columns `y_true` and `y_pred`, and `id` if there is one; `check_models(path)`
    one file that holds both models. In a test: `assert not check_models(...).harmed`, or
    `assert check_models(...).gate == "pass"` where every class must be cleared.

    Args:
        y_true: True labels, shape (samples,): numpy, pandas, torch, lists.
        before: The first model's predicted labels, or scores (samples, classes); or its file
            (predictions, a recall table, anything that `rdstats import` reads), data frame or
            Arrow table.
        after: The second model's, of the same samples.
        margin: The largest drop that does not matter, a share above 0 and below 1.
        class_margins: Margins of single classes, by name, in place of that.
        relative_margin: The largest share of its recall that a class may lose: 0.1 lets 80 % fall
            to 72 %, and 10 % to 9 %. In place of margin; `class_margins` are then shares, too.
        quantity: What is judged: `drop`, R - R_t, or `excess`, what the class lost beyond the
            drop of accuracy. The excess drop says nothing of what all classes lost together.
        matched: Compare sample by sample, where that is possible; else recalls alone.
        labels: The classes' labels, where values are positions into them.
        format_name: Of files: a format that `rdstats import` knows; by default recall tables where
            both are, else the one that the options imply, else predictions.
        options: Of files: what they do not say.
        cluster: Which samples belong together: the name of a column of files and tables, beside
            arrays an array, shape (samples,). The cluster is then the unit of every test.
        by: Groups of samples that are judged in place of classes, as a subject, a language or a
            site: the name of a column, or several, of files and tables; beside arrays an array.
        groups: Groups of classes that are judged beside them, as superclasses: a mapping from
            class to group, a csv file with the columns class and group, or the name of a column
            of files and tables. Classes of a harmed group are then judged as a family.

    Raises:
        ContractError: Something cannot be read, lengths differ, a label is missing, or the two
            are not of one test set.
        StatsError: An option has no meaning, the excess drop of a single class is asked for, or
            every class has too few samples for the margin.

    Example:
        >>> import rdstats as rd
        >>> truth = ["cat"] * 100 + ["dog"] * 100
        >>> after = ["dog"] * 40 + ["cat"] * 60 + ["dog"] * 100
        >>> check = rd.check_models(truth, truth, after, margin=0.1)
        >>> check.gate, check.harmed, check.unharmed
        ('fail', ('cat',), ('dog',))
        >>> print(check.summary().splitlines()[0])
        1 of 2 classes harmed beyond 10 points (cat), 1 unharmed.
    """
    limits = Limits.asked(margin, class_margins, relative_margin, quantity)
    known = groups_of(groups)
    of_classes = groups if known is None and groups is not None else None
    given = [each for each in (y_true, before, after) if each is not None]
    paths = [Path(each) for each in given if isinstance(each, str | os.PathLike)]
    if len(given) == len(paths) in (1, 2):
        if format_name is None and all(map(names_recall_table, paths)):
            if len(paths) == 1:
                raise ContractError(
                    f"{paths[0]} is a recall table, and which two of its models are meant is not "
                    "said: call check_recall_table(path, before, after)"
                )
            if any(each is not None for each in (cluster, by, of_classes)):
                raise ContractError(
                    "a recall table has no samples, so no columns of them for clusters or groups: "
                    "give predictions, or groups of classes as a csv file"
                )
            counts = pair_of_recall_tables(*paths, matched=matched)
        elif format_name is None and any(map(names_recall_table, paths)):
            one, other = sorted(paths, key=names_recall_table, reverse=True)
            raise ContractError(
                f"{one} is a recall table, and {other} is none: give two files of predictions, or "
                "two recall tables, or one that holds both models"
            )
        else:
            kind = format_name or recognised(paths[0]) or format_of(options or ImportOptions())
            counts = pair_of_files(
                *paths,
                format_name=kind,
                options=options,
                matched=matched,
                **_named(cluster, by, of_classes),
            )
    elif len(given) == 2 and all(_is_table(each) for each in given):
        named = _named(cluster, by, of_classes)
        counts = pair_of_frames(given[0], given[1], labels, matched=matched, **named)
    elif len(given) == 3:
        counts = pair_of_labels(y_true, before, after, labels, cluster)
        if by is not None:
            column = column_of_values(by, int(counts.n_samples.sum()), "by")
            counts = grouped(counts, {"by": column})
        if of_classes is not None:
            raise ContractError(
                f"groups is {of_classes!r}, which is no csv file, and arrays have no columns: give "
                "a mapping from class to group, or a csv file with the columns class and group"
            )
        counts = counts if matched else counts.unmatched()
    else:
        kinds = " and ".join(type(each).__name__ for each in given) or "nothing"
        raise ContractError(
            f"two models cannot be read from {kinds}: give y_true, before and after as arrays, or "
            "before and after as two files, or as two data frames with columns y_true and y_pred"
        )
    return _checked(counts, limits, known, clustered=cluster is not None)


def _checked(
    counts: PairCounts,
    limits: Limits,
    groups: Mapping[str, str] | None = None,
    *,
    clustered: bool = False,
) -> Check:
    """Return the verdict, and where classes are grouped that on the groups."""
    counts = counts if groups is None else with_groups(counts, groups)
    frame, overall, moved = judged(counts, limits, clustered=clustered)
    frame.attrs["units"] = UNITS
    if counts.group_of is None:
        return Check(frame, overall, moved)
    of_all = replace(limits, of_class={})
    found = Check(*judged(of_groups(counts), of_all, clustered=clustered))
    frame["p_in_group"] = in_harmed_groups(frame, found.classes)
    return Check(frame, overall, moved, found)


def groups_of(groups: object) -> Mapping[str, str] | None:
    """Return groups of classes from a mapping or a csv file; None where it is a column's name.

    Raises:
        ContractError: The file has no columns class and group, or two groups for a class.
    """
    if groups is None or isinstance(groups, Mapping):
        return groups
    path = Path(str(groups))
    if not path.is_file():
        if isinstance(groups, os.PathLike) or path.suffix:
            raise ContractError(
                f"{path} is not there: groups are a csv file with the columns class and group, or "
                "the name of a column of the predictions"
            )
        return None
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (ValueError, OSError) as error:
        why = getattr(error, "strerror", None) or error
        raise ContractError(f"{path} cannot be read as csv ({why}): check the file") from error
    if not {"class", "group"} <= set(frame):
        raise ContractError(
            f"{path} has the columns {listed(frame.columns)}: groups are a csv file with the "
            "columns class and group, a row per class"
        )
    frame = frame[["class", "group"]].drop_duplicates()
    twice = frame["class"][frame["class"].duplicated()]
    if len(twice):
        raise ContractError(f"{path} gives class {twice.iloc[0]!r} two groups: give it one")
    return dict(zip(frame["class"], frame["group"], strict=True))


def _named(cluster: object, by: object, groups: object) -> dict[str, Any]:
    """Return the names of columns that say which cluster and which groups a sample is of."""
    names = () if by is None else (by,) if isinstance(by, str) else tuple(by)  # type: ignore[arg-type]
    cluster, groups = (None if each is None else str(each) for each in (cluster, groups))
    return {"cluster": cluster, "by": tuple(map(str, names)), "groups": groups}


def names_recall_table(path: Path) -> bool:
    """Say whether a path is a recall table's file; what cannot be read as Parquet is none."""
    try:
        with path.open("rb") as stream:
            if stream.read(4) != b"PAR1":  # as every Parquet file begins
                return False
        return is_recall_table(SourceFile(fs.LocalFileSystem(), str(path), str(path)))
    except (OSError, ValueError, ContractError):
        return False


def _is_table(value: object) -> bool:
    """Say whether a value is a data frame or a table, of pandas, Arrow or polars."""
    return hasattr(value, "__arrow_c_stream__") and hasattr(value, "columns")


def check_recall_table(
    table: Source,
    before: Where | None = None,
    after: Where | None = None,
    *,
    margin: float = MARGIN,
    class_margins: Mapping[str, float] | None = None,
    relative_margin: float | None = None,
    quantity: str = "drop",
    matched: bool = True,
    groups: object = None,
) -> Check:
    """Return the verdict on two evaluated models of a recall table.

    Args:
        table: A recall table: files, a data frame or an Arrow table.
        before: Columns and values of the model before; by default the unpruned version of after.
        after: The same of the model after; by default the only compressed one of the table.
        margin: As in `check_models`, as are class_margins and relative_margin.
        class_margins: Margins of single classes.
        relative_margin: The share of its recall that a class may lose.
        quantity: `drop` or `excess`.
        matched: Compare sample by sample where the table says which were right in both.
        groups: Groups of classes, a mapping or a csv file.

    Raises:
        ContractError: The table cannot be read or breaks a rule.
        StatsError: No pair is meant or more than one; or as `check_models`.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100, 100], [84, 30], **pruned, **of)
        >>> table = pa.concat_tables([before, after])
        >>> check = rd.check_recall_table(table, matched=False)
        >>> check.classes[["class_name", "verdict"]].values.tolist()
        [['0', 'inconclusive'], ['1', 'harmed']]
    """
    limits = Limits.asked(margin, class_margins, relative_margin, quantity)
    known = groups_of(groups)
    if known is None and groups is not None:
        raise ContractError(
            f"groups is {groups!r}, which is no csv file, and a recall table has no samples: give "
            "a csv file with the columns class and group"
        )
    counts = pair_of_rows(as_table(table), before, after, matched=matched)
    return _checked(counts, limits, known)
