"""Classes that a compressed model has given up: recalled less often than by guessing."""

import pandas as pd

from rdstats.tables.order import ratio_text

_CONDITION = ["study", "dataset", "architecture", "method", "ratio", "stage"]
_COLUMNS = ["models", "models_affected", "classes_collapsed", "classes", "collapsed_models"]


def collapsed_conditions(conditions: pd.DataFrame) -> pd.DataFrame:
    """Return the conditions in which classes collapsed, R_t < 1/C, and which models did.

    Args:
        conditions: As `conditions_table` returns it.

    Returns:
        study, dataset, architecture, method, ratio, stage: the condition; those without any
            collapsed class are left out.
        models: Models evaluated there.
        models_affected: Of them, with at least one collapsed class.
        classes_collapsed: Mean number of collapsed classes, over all its models.
        classes: Classes of the data set.
        collapsed_models: Those with half of their classes or more collapsed, by name.
    """
    affected = conditions[conditions["models_with_collapse"] > 0].drop(columns="models")
    names = {"models_evaluated": "models", "models_with_collapse": "models_affected"}
    return affected.rename(columns=names)[[*_CONDITION, *_COLUMNS]].reset_index(drop=True)


def collapse_sentence(collapsed: pd.DataFrame, conditions: int, classes: int = 2) -> str:
    """Return how many conditions lost classes, and where most.

    Args:
        collapsed: As `collapsed_conditions` returns it.
        conditions: How many conditions there are, the control arms too.
        classes: The most classes that a data set has.
    """
    if classes < 2:
        return "There is one class only: none can be missed for another."
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
