"""What reports/README.md prints is what the committed tables give."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_contracts import count_disagreements, read_prediction_table, read_recall_table
from published_studies import A_42, REPORTS, A, B, first_sentence, phrases, written


@pytest.mark.parametrize("folder", [A, A_42, B], ids=lambda path: path.name)
def test_the_answers_of_a_published_study_are_those_of_its_counts(folder: Path) -> None:
    """Thirty models, every rule kept, both tables of one run."""
    recall = read_recall_table(folder / "recall.parquet")
    assert len(set(recall["model"].to_pylist())) == 30
    predictions = read_prediction_table(folder / "predictions.parquet")
    assert count_disagreements(predictions, recall) == []


def test_every_table_of_the_page_is_made_again_from_the_files_beside_it() -> None:
    """Digit for digit."""
    page = (REPORTS / "README.md").read_text(encoding="utf-8")
    assert written(page) == page


def test_sentences_say_the_numbers_of_the_files_too() -> None:
    """Between the tables, and on the first screen of the README."""
    page = (REPORTS / "README.md").read_text(encoding="utf-8")
    assert [phrase for phrase in phrases() if phrase not in page] == []
    assert first_sentence() in (REPORTS.parent / "README.md").read_text(encoding="utf-8")
