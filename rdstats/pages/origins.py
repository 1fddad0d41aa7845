"""Where the numbers of a report come from, as lines of name and value."""

import json
from collections.abc import Mapping

from data_contracts.provenance import Provenance, own_release
from rdstats.tables.reading import RecallArrays, origins_of, samples_of

Lines = tuple[tuple[str, str], ...]


def analysis_lines(arrays: RecallArrays) -> Lines:
    """Return what was analysed: the selection, the test set's size, what chose the epochs."""
    selection = arrays.selection
    lines = [("rows of the tables", f"{arrays.rows:,}")]
    for name, of_class in samples_of(arrays).items():
        least, most = of_class.min(), of_class.max()
        each = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        lines.append((f"data set {name}", f"{len(of_class)} classes, {each} samples each"))
    lines += [
        ("split", selection.split),
        ("metric", selection.metric),
        ("stage", selection.stage or "finetuned where a condition has it, else pruned"),
        ("conditions", selection.where_text or "all"),
        ("epoch chosen on", ", ".join(origins_of(arrays, "selected_on"))),
        ("counts", ", ".join(origins_of(arrays, "count_quality"))),
        ("page made by", f"rdstats {own_release()}"),
    ]
    return tuple(lines)


def source_lines(sources: Mapping[str, Provenance | None] | None) -> list[tuple[str, Lines]]:
    """Return what each file of a table says of itself, by the name to show."""
    return [(name, _provenance_lines(found)) for name, found in (sources or {}).items()]


def _provenance_lines(provenance: Provenance | None) -> Lines:
    """Return what a file says of itself, in the order of its fields."""
    if provenance is None:
        return (("metadata", "none; read as version 1.0"),)
    return tuple(
        line
        for name, said in provenance.known().items()
        for line in _flat(name.replace("_", " "), said)
    )


def _flat(name: str, value: object) -> list[tuple[str, str]]:
    """Return a JSON value as lines; objects become a line per key."""
    if isinstance(value, Mapping):
        return [line for key, inner in value.items() for line in _flat(f"{name}: {key}", inner)]
    if isinstance(value, list | tuple):
        return [(name, "; ".join(_text(item) for item in value))]
    return [(name, _text(value))]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
