"""Logs whose keys name the class; real ones are in test_agreement.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_contracts import ContractError
from data_contracts.importers import Evaluated, ImportOptions
from data_contracts.importers.formats.keys import read

KEYS = r"(?P<quantity>recall|support)_(?P<class>\w+)"
LOG = "step,loss,recall_ant,recall_bee,support_ant,support_bee\n1,0.5,,,,\n2,,0.5,0.67,2,3\n"
TWO = LOG + "4,,1.0,0.33,2,3\n"


def imported(
    folder: Path, text: str = LOG, keys: str | None = KEYS, name: str = "log.csv", **settings: str
) -> Evaluated:
    """The one model of a log with that text."""
    path = folder / name
    path.write_text(text)
    (model,) = read(path, ImportOptions(pattern=keys, settings=settings))
    return model


def test_the_row_that_has_the_keys_is_read(tmp_path: Path) -> None:
    """Row 1 has a loss and no recall: 1 of 2 ants and 2 of 3 bees are in row 2."""
    model = imported(tmp_path)
    assert model.counts.class_names == ("ant", "bee")
    assert model.counts.n_correct.tolist() == [1, 2]
    assert model.source.endswith("log.csv, line 3")


def test_several_rows_are_a_choice_of_the_caller(tmp_path: Path) -> None:
    """The last is not the best, and the best by its own test recalls is not honest: say which."""
    with pytest.raises(ContractError, match=r"2 rows have such keys \(step=2; step=4\)"):
        imported(tmp_path, TWO)
    with pytest.raises(ContractError, match="recall of class 'ant' is 'NaN', which is no number"):
        imported(tmp_path, '{"recall_ant": NaN, "support_ant": 2}', name="log.json")
    assert imported(tmp_path, TWO, at="last").counts.n_correct.tolist() == [2, 1]
    assert imported(tmp_path, TWO, at="step=2").counts.n_correct.tolist() == [1, 2]
    with pytest.raises(ContractError, match="--set at=step=3 fits 0 of the rows"):
        imported(tmp_path, TWO, at="step=3")


def test_supports_may_come_from_a_file(tmp_path: Path) -> None:
    """A log that has recalls alone is not enough."""
    keys = r"recall_(?P<class>\w+)"
    with pytest.raises(ContractError, match="class 'ant' has no count of test samples"):
        imported(tmp_path, keys=keys)
    supports = tmp_path / "supports.csv"
    supports.write_text("class,n_samples\nant,4\nbee,6\n")
    counts = imported(tmp_path, keys=keys, supports=str(supports)).counts
    assert counts.n_correct.tolist() == [2, 4]


def test_a_long_log_is_turned(tmp_path: Path) -> None:
    """TensorBoard's scalars: a row per step and tag."""
    text = "step,tag,value\n1,recall/ant,0.5\n1,n/ant,2\n2,loss,0.1\n"
    keys = r"(?P<quantity>recall|n)/(?P<class>\w+)"
    assert imported(tmp_path, text, keys).counts.n_correct.tolist() == [1]
    with pytest.raises(ContractError, match="'loss' is there twice at step 2"):
        imported(tmp_path, text + "2,loss,0.1\n", keys)


@pytest.mark.parametrize(
    "text",
    [
        "epoch,loss,recall_ant,support_ant\n0,0.1,0.5,2\n",
        "step,tag,value\n0,epoch_recall_ant,0.5\n0,epoch_support_ant,2\n",
    ],
    ids=["CSVLogger", "TensorBoard callback"],
)
def test_a_keras_log_has_to_be_confirmed(tmp_path: Path, text: str) -> None:
    """Keras's Recall(class_id) is that of a threshold at 0.5."""
    with pytest.raises(ContractError, match=r"passes 0\.5, not where it is the highest"):
        imported(tmp_path, text, f"(epoch_)?{KEYS}")


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (None, "needs a pattern"),
        (r"recall_(\w+)", "has no group"),
        (r"recall_(?P<class>\w+)(?P<epoch>)", "has a group 'epoch'"),
        (r"recall_(?P<class>", "is no regular expression"),
        (r"precision_(?P<class>\w+)", "no key with a value fits .* keys are 'step', 'loss'"),
        (r"(?P<quantity>recall|loss)_?(?P<class>\w*)", "reads 'loss'; it can be recall"),
        (r"(recall|support)_(?P<class>\w+)", "are both the recall of class 'ant'"),
    ],
)
def test_a_pattern_that_picks_nothing_or_too_much_is_refused(
    tmp_path: Path, keys: str | None, why: str
) -> None:
    """In one line that says what a pattern needs, or what the log has."""
    with pytest.raises(ContractError, match=why):
        imported(tmp_path, LOG.replace("1,0.5,", "1,,").replace("2,,0.5", "2,0.1,0.5"), keys)
