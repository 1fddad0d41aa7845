"""The verdict on one pair as a file: csv, json, md, parquet or tex, by its suffix."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from rdstats.charts.class_drops import drops_figure
from rdstats.charts.saving import inline, to_png, to_svg
from rdstats.output.formats import FORMATS, known_suffix, write_frame, write_whole
from rdstats.output.words import ratio_text
from rdstats.pages.frame import render
from rdstats.pages.origins import Lines
from rdstats.pairs.verdict import Check
from rdstats.pairs.words import (
    beyond_words,
    collapse_sentence,
    gate_words,
    heading_lines,
    limit_words,
    settling_sentence,
    shown_check,
    summary_sentence,
    visible_sentence,
)


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


FILES: Final = ("classes.csv", "classes.md", "classes.tex", "check.json")


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
    svg = to_svg(drops_figure(check.classes))
    write_whole(out / "drops.svg", svg.encode())
    write_whole(out / "drops.png", to_png(svg))
    for name in FILES:
        write_check(check, out / name)
    return write_whole(out / "index.html", render_check(check, sources, svg).encode())


def render_check(check: Check, sources: Lines, svg: str) -> str:
    """Return the page as HTML; every name in it is escaped, whatever it holds."""
    shown = shown_check(check)
    if not shown.remarks:  # a status that is always ok says nothing
        rows = tuple(row[:-1] for row in shown.rows)
        shown = replace(shown, header=shown.header[:-1], rows=rows)
    verdict = shown.header.index("verdict")
    figure = drops_figure(check.classes)
    return render(
        "check.html.jinja",
        gate=check.gate,
        gate_words=gate_words(check),
        heading=heading_lines(check),
        sentences=[
            text
            for text in (
                settling_sentence(check),
                visible_sentence(check),
                collapse_sentence(check),
            )
            if text
        ],
        summary=summary_sentence(check),
        caveat=check.overall["caveat"],
        figure=figure,
        svg=inline(svg, 1),
        shown=shown,
        kinds=[row[verdict].replace(" ", "-") for row in shown.rows],
        verdict_column=verdict,
        limit=limit_words(check),
        judged="excess drop" if beyond_words(check) else "drop",
        files=FILES,
        pair=_pair_lines(check),
        sources=sources,
    )


def _pair_lines(check: Check) -> Lines:
    """Return what differs between the two, and what they share."""
    before, after = check.overall["before"], check.overall["after"]
    lines: list[tuple[str, str]] = []
    for name, first in before.items():
        texts = [
            ratio_text(value) if name == "ratio" else str(value) for value in (first, after[name])
        ]
        lines.append((name, texts[0] if texts[0] == texts[1] else " → ".join(texts)))
    return tuple(lines)
