"""The verdict on one pair as a file by its suffix, as a page, and as HTML for a notebook."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from data_contracts.writing import whole_folder
from rdstats.charts.files import save
from rdstats.charts.of_classes import MOST, confusion_change, drops, recalls
from rdstats.charts.theme import with_labels
from rdstats.output.formats import FORMATS, known_suffix, write_table, write_whole
from rdstats.output.shown import ShownTable, column_names
from rdstats.output.words import ratio_text
from rdstats.pages.frame import PageFigure, render
from rdstats.pages.origins import Lines
from rdstats.pairs import words
from rdstats.statistics.arrays import IntArray

if TYPE_CHECKING:
    from rdstats.pairs.check import Check

FILES: Final = ("classes.csv", "classes.md", "classes.tex", "check.json")


def write_check(check: Check, path: Path | str, columns: str | None = None) -> Path:
    """Write a check and return its path.

    json is one object, `{"overall": {...}, "classes": [...]}` and `groups` where classes are
    grouped; the other formats hold the rows of the classes, as every command writes them.

    Args:
        check: What was found.
        path: The file; its suffix says the format.
        columns: Which columns of the classes, as "class_name,drop"; by default those that every
            command writes.

    Raises:
        StatsError: The suffix is none of those known, or a column is not there.
        OSError: The place cannot be written.
    """
    path = Path(path)
    if known_suffix(path) != ".json":
        frame = check.classes[column_names(check.classes, columns)]
        return write_table(frame, words.shown_check(check, columns), path)
    return write_whole(path, as_json(check, columns).encode())


def as_json(check: Check, columns: str | None = None) -> str:
    """Return a check as the JSON that `write_check` writes."""
    names = column_names(check.classes, columns)
    overall = json.dumps(dict(check.overall), ensure_ascii=False, allow_nan=False)
    classes = FORMATS[".json"](check.classes[names]).decode()
    text = f'{{"overall": {overall},\n"classes": {classes}'
    if check.groups is not None:
        groups = check.groups.classes
        names = column_names(groups, columns)
        text += f',\n"groups": {FORMATS[".json"](groups[names]).decode()}'
    return f"{text}}}\n"


def as_html(check: Check) -> str:
    """Return the verdict, the classes that lost most and their picture, for a notebook.

    The picture is there where altair's renderer writes HTML or SVG.
    """
    shown = _in_order(words.shown_check(check), _worst_first(check))
    table = pd.DataFrame(shown.rows[:MOST], columns=list(shown.header))
    with pd.option_context("display.max_colwidth", None):
        rows = table.to_html(index=False, border=0)
    more = len(shown.rows) - len(table)
    rest = f"<p>And {more:,} more, in <code>.classes</code>.</p>" if more else ""
    drawn = check.chart()._repr_mimebundle_()
    # An altair renderer returns a bundle, or a bundle with its metadata.
    bundle = drawn[0] if isinstance(drawn, tuple) else drawn or {}
    picture = bundle.get("text/html") or bundle.get("image/svg+xml") or ""
    verdict = f"Gate: {words.gate_words(check)}."
    return (
        f"<p><strong>{escape(words.summary_sentence(check))}</strong> {escape(verdict)}</p>"
        f"{rows}{rest}{picture}"
    )


def write_check_page(
    check: Check, out: Path | str, sources: Lines = (), *, figures: Sequence[str] = ()
) -> Path:
    """Write a page about one pair of models and return its path.

    `out` gets the classes (csv, md, tex), everything as check.json, figures as files where asked
    for, and last of all index.html, which draws its figures itself and opens without a network.
    All files appear together at the end, or none does. The same check gives the same bytes.

    Args:
        check: What was found.
        out: The folder; made where it is missing. Files of other names in it stay.
        sources: Where the numbers come from, as lines of name and value.
        figures: Which files of each figure: svg, pdf, png.

    Raises:
        OSError: The folder cannot be written.
    """
    out = Path(out)
    frame = with_labels(check.classes)
    shown_figures = [
        PageFigure("drops", "What each class lost, and how sure that is", "classes", drops(frame)),
        PageFigure("recalls", "Recall before and after", "classes", recalls(frame)),
    ]
    data = {"classes": frame.assign(panel="")}
    if check.moved is not None and len(check.moved):
        data["moved"] = _most_moved(check, check.moved)
        title, chart = "Where the answers went", confusion_change(data["moved"])
        shown_figures.append(PageFigure("moved", title, "moved", chart))
    with whole_folder(out) as beside:
        files = {
            each.name: [save(each.chart, beside / f"{each.name}.{kind}").name for kind in figures]
            for each in shown_figures
        }
        for name in FILES:
            write_check(check, beside / name)
        page = _rendered(check, sources, data, shown_figures, files)
        write_whole(beside / "index.html", page.encode())
    return out / "index.html"


def _rendered(
    check: Check,
    sources: Lines,
    data: dict[str, pd.DataFrame],
    figures: list[PageFigure],
    files: dict[str, list[str]],
) -> str:
    """Return the page as HTML; every name in it is escaped, whatever it holds."""
    worst_first, frame = _worst_first(check), data["classes"]
    shown = _in_order(words.shown_check(check), worst_first)
    summary, *sentences = words.sentences(check)
    return render(
        "check.html.jinja",
        figures=figures,
        data=data,
        files_of=files,
        many_classes=len(frame) > MOST,
        gate=check.gate,
        gate_words=words.gate_words(check),
        heading=words.heading_lines(check),
        summary=summary,
        sentences=sentences,
        caveat=check.overall["caveat"],
        shown=shown,
        labels=frame["class_label"].iloc[worst_first].tolist(),
        groups=None if check.groups is None else words.shown_check(check.groups),
        group_labels=None if check.groups is None else check.groups.labels,
        many=check.overall["suspects"] is not None,
        limit=words.limit_words(check),
        judged=words.judged_words(check),
        files=FILES,
        pair=_pair_lines(check),
        sources=sources,
    )


def _most_moved(check: Check, moved: pd.DataFrame) -> pd.DataFrame:
    """Return what moved of the classes that lost most, every answer to each; sorted, 0 if none."""
    labels = check.labels
    worst = [labels[place] for place in _worst_first(check)[:MOST]]
    moved = moved[moved["class_label"].isin(worst)]
    most = moved["change"].abs().groupby(moved["answer"]).max().nlargest(MOST).index
    answers = [label for label in (*labels, *most) if label in most]
    cells = pd.MultiIndex.from_product(
        [worst, dict.fromkeys(answers)], names=["class_label", "answer"]
    )
    return moved.set_index(["class_label", "answer"]).reindex(cells, fill_value=0).reset_index()


def _in_order(shown: ShownTable, order: IntArray) -> ShownTable:
    """Return a table with its rows in an order, without a status that is always ok."""
    columns = len(shown.seen)
    rows = tuple(shown.rows[place][:columns] for place in order)
    return replace(shown, header=shown.header[:columns], rows=rows)


def _worst_first(check: Check) -> IntArray:
    """Return the places of the classes: the likeliest to be harmed first, else by what was lost."""
    judged = check.classes[words.judged_words(check).replace(" ", "_")].fillna(0.0).to_numpy()
    return np.lexsort((-judged, -check.classes["p_harm"].fillna(0.0).to_numpy()))


def _pair_lines(check: Check) -> Lines:
    """Return what differs between the two, and what they share."""
    before, after = (
        {name: ratio_text(value) if name == "ratio" else str(value) for name, value in each.items()}
        for each in (check.overall["before"], check.overall["after"])
    )
    return tuple(
        (name, text if text == after[name] else f"{text} → {after[name]}")
        for name, text in before.items()
    )
