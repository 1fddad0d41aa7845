"""Classes that a model has given up are counted and named."""

from rdstats.report.sentences import collapse_sentence, collapsed_conditions
from rdstats.tables.conditions import conditions
from synthetic import baseline, table_of_counts

# Four classes: guessing gets a recall of 0.25, 25 of 100.
TABLE = table_of_counts(
    {
        baseline("m0"): [70, 80, 90, 95],
        baseline("m1"): [75, 80, 85, 95],
        ("MP", 2.0, "finetuned", "m0"): [25, 80, 90, 95],
        ("MP", 2.0, "finetuned", "m1"): [75, 80, 85, 95],
        ("RP", 2.0, "finetuned", "m0"): [0, 24, 90, 95],
        ("RP", 2.0, "finetuned", "m1"): [75, 80, 24, 95],
    }
)


def test_a_class_below_guessing_has_collapsed_and_a_model_with_half_of_them() -> None:
    """Recall equal to 1/C is not below it."""
    collapsed = collapsed_conditions(conditions(TABLE))
    assert collapsed["method"].tolist() == ["RP"]
    found = collapsed.iloc[0]
    assert found[["models", "models_affected", "classes"]].tolist() == [2, 2, 4]
    assert found["classes_collapsed"] == 1.5
    assert found["collapsed_models"] == "m0"


def test_the_sentence_names_the_worst_condition() -> None:
    """And how many there are."""
    rows = conditions(TABLE)
    collapsed = collapsed_conditions(rows)
    assert collapse_sentence(collapsed, rows) == (
        "In 1 of 2 conditions some models recall classes less often than guessing would "
        "(R < 1/C); most in RP at 2×, on average 1.5 of 4 classes."
    )
    assert collapse_sentence(collapsed.head(0), rows).startswith("No model recalls any class")
