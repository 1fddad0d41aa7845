"""How far can I compress? The last ratio, going up, at which every class is cleared."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data_contracts.schema import RATIO_FAMILY
from rdstats.output.words import UNITS, class_label
from rdstats.statistics.multiplicity import holm
from rdstats.statistics.verdicts import ERROR, MARGIN, UNHARMED
from rdstats.tables.classes import classes
from rdstats.tables.reading import Tables
from rdstats.tables.selection import EVERYTHING, Selection

_FAMILY = (*RATIO_FAMILY, "stage")
_CLASS = ["class_name", "class_index"]


def safe_ratios(
    table: Tables,
    selection: Selection = EVERYTHING,
    *,
    margin: float = MARGIN,
    control: bool = True,
    scope: str | None = None,
) -> pd.DataFrame:
    """Return a row per study, data set, architecture, method and stage: its safe ratio.

    Takes and refuses what `classes` does, and judges the drop of recall.

    Returns:
        As `safe_ratios_of`.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn"}
        >>> rows = []
        >>> for seed, dogs in enumerate([56, 61, 58]):
        ...     who = {"model": f"seed-{seed}", **of}
        ...     rows.append(rd.from_counts([100, 100], [90, 70 + seed], ratio=1, **who))
        ...     pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        ...     rows.append(rd.from_counts([100, 100], [84, dogs], **pruned, **who))
        >>> found = rd.safe_ratios(pa.concat_tables(rows))
        >>> found[["method", "safe_ratio", "next_ratio", "harmed", "not_cleared"]].values.tolist()
        [['MP', nan, 4.0, '1', '0']]
    """
    return safe_ratios_of(classes(table, selection, margin=margin, control=control, scope=scope))


def safe_ratios_of(judged: pd.DataFrame) -> pd.DataFrame:
    """Return the safe ratio of each method, from a table of verdicts per class.

    Going up from the smallest ratio, the last one at which every class is shown to have lost less
    than the margin, with and without the control's change taken off; stopping at the first that
    is not. A fixed sequence of intersection-union tests: no correction, and an error of at most
    5 % for one method alone that a ratio called safe is not. Four methods are four statements.
    (Berger 1982; Hsu and Berger 1999; Tamhane, Hochberg and Dunnett 1996.)

    Args:
        judged: As `classes` returns it; the control arm is not looked at.

    Returns:
        study, dataset, architecture, method, stage: the method.
        safe_ratio: The last cleared ratio; null where not even the smallest is.
        next_ratio: The first ratio that is not cleared; null where all are.
        harmed: Classes harmed at the next ratio, by name, Holm over ratios x classes of the
            method; "" where none is.
        not_cleared: The other classes that are not cleared there, by name.
        ratios, models, family_size: Tested ratios, models at the next or the last one, classes.
        scope, margin, quantity, control, warnings: As in the table of verdicts, at that ratio.
        next_model_upper, next_model_class: At the safe ratio, the largest bound of what the next
            model will lose, each class at 95 % alone, and whose; null where nothing is safe.
    """
    rows = []
    compressed = judged[judged["stage"] != "control"]
    for key, family in compressed.groupby(list(_FAMILY), sort=False):
        p = family["p"].to_numpy(dtype=float)
        harm = pd.Series(holm(p) < ERROR, family.index)
        safe, shipped, blocked = np.nan, None, None
        for ratio, found in sorted(family.groupby("ratio"), key=lambda item: float(item[0])):  # type: ignore[arg-type]
            if not (found["verdict"] == UNHARMED).all():
                blocked = found
                break
            safe, shipped = float(ratio), found  # type: ignore[arg-type]
        ships = None if shipped is None else shipped.nlargest(1, "next_model_upper").iloc[0]
        told = family if blocked is None else blocked
        labels = map(class_label, told["class_name"], told["class_index"])
        names, paid = pd.Series(list(labels), told.index), harm[told.index]
        harmed = names[paid].tolist()
        others = names[(told["verdict"] != UNHARMED) & ~paid].tolist()
        rows.append(
            {
                **dict(zip(_FAMILY, key, strict=True)),
                "safe_ratio": safe,
                "next_ratio": np.nan if blocked is None else float(blocked["ratio"].iloc[0]),
                "harmed": ", ".join(harmed) if blocked is not None else "",
                "not_cleared": ", ".join(others) if blocked is not None else "",
                "ratios": family["ratio"].nunique(),
                "models": int(told["models"].iloc[0]),
                "family_size": int(told["family_size"].iloc[0]),
                "scope": told["scope"].iloc[0],
                "margin": told["margin"].iloc[0],
                "quantity": told["quantity"].iloc[0],
                "control": told["control"].iloc[0],
                "next_model_upper": np.nan if ships is None else ships["next_model_upper"],
                "next_model_class": None if ships is None else class_label(*ships[_CLASS]),
                "warnings": told["warnings"].iloc[0],
            }
        )
    frame = pd.DataFrame(rows)
    frame.attrs["units"] = UNITS
    return frame
