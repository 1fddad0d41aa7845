"""What is said of a model adds up, contradicts itself by name, or is asked for."""

from __future__ import annotations

import math
from typing import Any

import pytest

from data_contracts import ContractError
from data_contracts.importers import Described

WHERE = Described(study="s", dataset="d", architecture="a", model="m0")


def test_a_contradiction_is_told_with_both_values_and_both_places() -> None:
    """Neither place wins."""
    with pytest.raises(ContractError, match="method is 'MP' by the path, but 'UP' by --method"):
        Described(method="MP").agreeing(Described(method="UP"), "the path", "--method")


@pytest.mark.parametrize(
    ("said", "stage"),
    [
        (Described(ratio=1.0), "baseline"),
        (Described(method="none"), "baseline"),
        (Described(stage="baseline"), "baseline"),
        (Described(stage="control"), "control"),
    ],
)
def test_one_word_is_enough_for_the_unpruned_model(said: Described, stage: str) -> None:
    """Method none, ratio 1, split test; the control keeps its stage."""
    whole = WHERE.merged(said).complete("a.csv")
    assert (whole.method, whole.ratio, whole.stage) == ("none", 1.0, stage)
    assert whole.split == "test"


def test_everything_that_is_missing_is_named_at_once() -> None:
    """And how to give it. Pruned and fine-tuned are different questions: nothing is assumed."""
    with pytest.raises(ContractError, match=r"a\.csv does not say stage: give --stage pruned"):
        WHERE.merged(Described(method="MP", ratio=4.0)).complete("a.csv")
    with pytest.raises(ContractError) as caught:
        Described(dataset="d").complete("a.csv")
    text = str(caught.value)
    assert "does not say study, architecture, model, method, ratio and stage: give --study" in text
    assert len(text) < 200


@pytest.mark.parametrize(
    "said",
    [
        {"stage": "tuned"},
        *({"ratio": r} for r in (0.5, 0.0, -4.0, math.nan, math.inf, 10**400, "4")),
    ],
)
def test_what_no_column_holds_is_refused(said: dict[str, Any]) -> None:
    """A ratio below one is probably a density."""
    with pytest.raises(ContractError, match=r"is .* but"):
        Described(**said)


def test_texts_become_numbers_where_fields_are_numbers() -> None:
    """As they stand in a path or a manifest."""
    said = Described.from_text({"ratio": "4", "parameters": "60074", "model": " 7 "}, "a.csv")
    assert said == Described(ratio=4.0, parameters=60074, model="7")


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"ratio": "4,5"}, "a.csv: ratio is '4,5', which is not a number; write a decimal point"),
        ({"ratoi": "4"}, "a.csv: there is no field 'ratoi'; fields are study, dataset"),
        ({"parameters": "1e3"}, "a.csv: parameters is '1e3', which is not a whole number"),
        ({"stage": ""}, "a.csv: stage is empty"),
    ],
)
def test_texts_that_are_no_values_are_refused(values: dict[str, str], error: str) -> None:
    """With the place, the field and the text."""
    with pytest.raises(ContractError) as caught:
        Described.from_text(values, "a.csv")
    assert str(caught.value).startswith(error)
