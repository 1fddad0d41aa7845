"""Classes that a compressed model has given up: recalled less often than by guessing."""

import pandas as pd

from rdstats.tables.order import ratio_text

_CONDITION = ["study", "dataset", "architecture", "method", "ratio", "stage"]


def collapsed_classes(balances: pd.DataFrame) -> pd.DataFrame:
    """Return the conditions in which classes collapsed, R_t < 1/C, and which models did.

    Args:
        balances: As `balances_table` returns it.

    Returns:
        study, dataset, architecture, method, ratio, stage: the condition; those without any
            collapsed class are left out.
        models: Models evaluated there.
        models_affected: Of them, with at least one collapsed class.
        classes_collapsed: Mean number of collapsed classes, over all its models.
        classes: Classes of the data set.
        collapsed_models: Those with half of their classes or more collapsed, by name.
    """
    per_model = (
        balances.assign(collapsed=_is_collapsed(balances))
        .groupby([*_CONDITION, "model"], sort=False)["collapsed"]
        .agg(["sum", "size"])
        .reset_index()
    )
    rows = []
    for key, models in per_model.groupby(_CONDITION, sort=False):
        affected = models[models["sum"] > 0]
        if len(affected):
            lost = models[2 * models["sum"] >= models["size"]]["model"].tolist()
            rows.append(
                {
                    **dict(zip(_CONDITION, key, strict=True)),
                    "models": len(models),
                    "models_affected": len(affected),
                    "classes_collapsed": float(models["sum"].mean()),
                    "classes": int(models["size"].iloc[0]),
                    "collapsed_models": ", ".join(lost),
                }
            )
    columns = ["models", "models_affected", "classes_collapsed", "classes", "collapsed_models"]
    return pd.DataFrame(rows, columns=[*_CONDITION, *columns])


def collapse_sentence(collapsed: pd.DataFrame, conditions: int) -> str:
    """Return how many conditions lost classes, and where most.

    Args:
        collapsed: As `collapsed_classes` returns it.
        conditions: How many conditions there are, the control arms too.
    """
    if not len(collapsed):
        return "No model recalls any class less often than guessing would."
    worst = collapsed.sort_values("classes_collapsed", ascending=False, kind="stable").iloc[0]
    name = (
        "the control"
        if worst["stage"] == "control"
        else f"{worst['method']} at {ratio_text(worst['ratio'])}×"
    )
    return (
        f"In {len(collapsed)} of {conditions} conditions some models recall classes less often "
        f"than guessing would (R < 1/C); most in {name}, on average "
        f"{worst['classes_collapsed']:.1f} of {worst['classes']} classes."
    )


def _is_collapsed(balances: pd.DataFrame) -> pd.Series:
    """Say of each row whether its class is recalled less often than by guessing."""
    classes = balances.groupby("dataset")["class_index"].transform("nunique")
    return balances["recall_after"] < 1.0 / classes
