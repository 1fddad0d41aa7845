"""The recall table of evaluated models: classes in one order, the contract kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from data_contracts.errors import ContractError
from data_contracts.importers.evaluated import COUNTS, Evaluated, IntArray
from data_contracts.importers.labels import in_class_order
from data_contracts.rules import violations
from data_contracts.schema import RATIO_DECIMALS, RECALL_TABLE


def recall_table_of(found: Sequence[Evaluated]) -> pa.Table:
    """Return the recall table of at least one evaluated model, valid under the contract.

    What is known of a model must be complete (`Described.complete`). Classes are numbered in the
    order of their labels: as whole numbers where all are, else by name.

    Raises:
        ContractError: There is none, two models of a data set have other classes, or the table
            breaks a rule of the contract.
    """
    if not found:
        raise ContractError("no evaluated model was found: name at least one file with counts")
    _same_classes(found)
    table = pa.concat_tables([_rows(each) for each in found])
    broken = violations(table)
    if broken:
        raise ContractError.from_violations("the imported table", broken)
    return table


def _rows(model: Evaluated) -> pa.Table:
    """Return the rows of one model, in class order."""
    said = model.described.complete(model.source).said()
    said["ratio"] = round(float(said["ratio"]), RATIO_DECIMALS)
    names = in_class_order(model.counts.class_names)
    rows = len(names)
    columns: dict[str, Any] = {name: [said.get(name)] * rows for name in RECALL_TABLE.names}
    columns |= {"class_index": range(rows), "class_name": names}
    columns["count_quality"] = [model.counts.count_quality] * rows
    place = {name: position for position, name in enumerate(model.counts.class_names)}
    order = [place[name] for name in names]
    for name in COUNTS:
        numbers: IntArray | None = getattr(model.counts, name)
        if numbers is not None:
            columns[name] = numbers[order]
    return pa.table(columns, schema=RECALL_TABLE)


def _same_classes(found: Sequence[Evaluated]) -> None:
    """Refuse models of one data set and split that do not have the same classes."""
    first: dict[tuple[str | None, ...], Evaluated] = {}
    for model in found:
        about = model.described
        other = first.setdefault((about.study, about.dataset, about.split), model)
        for more, less in ((other, model), (model, other)):
            lacking = set(more.counts.class_names).difference(less.counts.class_names)
            if lacking:
                name = in_class_order(lacking)[0]
                raise ContractError(
                    f"{less.source} has no sample of class {name!r}, which {more.source} has: all "
                    "models of a data set are evaluated on the same samples"
                )
