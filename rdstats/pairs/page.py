"""The verdict on one pair as a file: csv, json, md, parquet or tex, by its suffix."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from rdstats.charts.class_drops import drops_figure
from rdstats.charts.figure import Figure, inline, to_png, to_svg
from rdstats.output.formats import FORMATS, known_suffix, write_frame, write_whole
from rdstats.output.words import ratio_text
from rdstats.pages.frame import render
from rdstats.pages.origins import Lines
from rdstats.pairs import words
from rdstats.pairs.check import Check

FILES: Final = ("classes.csv", "classes.md", "classes.tex", "check.json")


def write_check(check: Check, path: Path | str) -> Path:
    """Write a check and return its path.

    json is one object, `{"overall": {...}, "classes": [...]}`; the other formats hold the rows of
    the classes, as every command writes them.

    Raises:
        StatsError: The suffix is none of those known.
        OSError: The place cannot be written.
    """
    path = Path(path)
    if known_suffix(path) != ".json":
        return write_frame(check.classes, path)
    overall = json.dumps(dict(check.overall), ensure_ascii=False, allow_nan=False)
    classes = FORMATS[".json"](check.classes).decode()
    return write_whole(path, f'{{"overall": {overall},\n"classes": {classes}}}\n'.encode())


def write_check_page(check: Check, out: Path | str, sources: Lines = ()) -> Path:
    """Write a page about one pair of models and return its path.

    `out` gets the classes (csv, md, tex), everything as check.json, the figure (svg, png) and last
    of all index.html, which holds the figure itself and opens without a network. The same check
    gives the same bytes.

    Args:
        check: What was found.
        out: The folder; made where it is missing. Files of other names in it stay.
        sources: Where the numbers come from, as lines of name and value.

    Raises:
        OSError: The folder cannot be written.
    """
    out = Path(out)
    figure = drops_figure(check.classes)
    svg = to_svg(figure)
    write_whole(out / "drops.svg", svg.encode())
    write_whole(out / "drops.png", to_png(svg))
    for name in FILES:
        write_check(check, out / name)
    return write_whole(out / "index.html", _rendered(check, sources, figure, svg).encode())


def _rendered(check: Check, sources: Lines, figure: Figure, svg: str) -> str:
    """Return the page as HTML; every name in it is escaped, whatever it holds."""
    shown = words.shown_check(check)
    if not shown.remarks:  # a status that is always ok says nothing
        rows = tuple(row[:-1] for row in shown.rows)
        shown = replace(shown, header=shown.header[:-1], rows=rows)
    verdict = shown.header.index("verdict")
    summary, *sentences = words.sentences(check)
    return render(
        "check.html.jinja",
        gate=check.gate,
        gate_words=words.gate_words(check),
        heading=words.heading_lines(check),
        summary=summary,
        sentences=sentences,
        caveat=check.overall["caveat"],
        figure=figure,
        svg=inline(svg, 1),
        shown=shown,
        kinds=[word.replace(" ", "-") for word in check.classes["verdict"]],
        verdict_column=verdict,
        limit=words.limit_words(check),
        judged=words.judged_words(check),
        files=FILES,
        pair=_pair_lines(check),
        sources=sources,
    )


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
