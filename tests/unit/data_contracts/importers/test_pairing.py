"""A model is compared with its baseline sample by sample, where that is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data_contracts import ContractError
from data_contracts.importers import Described, ImportOptions, import_files
from data_contracts.importers.files import Imported, import_all

ABOUT = Described(study="s", dataset="d", architecture="a", stage="pruned")
PATTERN = "{model}-{method}-{ratio}.csv"


def imported(folder: Path, files: dict[str, str]) -> Imported:
    """Import files whose names say what they are."""
    for name, text in files.items():
        (folder / name).write_text(text)
    options = ImportOptions(described=ABOUT)
    return import_all("predictions", [folder], options=options, pattern=PATTERN)


def n_both(table: pa.Table, method: str) -> list[int | None]:
    """`n_both_correct` of a method's rows."""
    rows = table.filter(pa.compute.equal(table["method"], method))
    found: list[int | None] = rows["n_both_correct"].to_pylist()
    return found


BEFORE = "id,y_true,y_pred\na,0,0\nb,0,1\nc,1,1\n"


@pytest.mark.parametrize(
    ("before", "after", "both"),
    [
        (BEFORE, "id,y_true,y_pred\nc,1,1\nb,0,0\na,0,0\n", [1, 1]),
        ("y_true,y_pred\n0,0\n0,1\n1,1\n", "y_true,y_pred\n0,1\n0,0\n1,1\n", [0, 1]),
        ("id,y_true,y_pred\n7,0,0\n8,1,1\n", "id,y_true,y_pred\n8.0,1,0\n7.0,0,0\n", [1, 0]),
    ],
)
def test_samples_are_joined_by_ids_or_else_row_by_row(
    tmp_path: Path, before: str, after: str, both: list[int]
) -> None:
    """The same samples in another order; without ids; ids that one file writes 7, another 7.0."""
    found = imported(tmp_path, {"m0-none-1.csv": before, "m0-MP-4.csv": after})
    assert n_both(found.table, "MP") == both


def test_without_ids_another_order_leaves_the_count_out_and_says_so(tmp_path: Path) -> None:
    """Nothing is paired by chance."""
    before = "y_true,y_pred\n0,0\n0,1\n1,1\n"
    after = "y_true,y_pred\n1,1\n0,1\n0,0\n"
    found = imported(tmp_path, {"m0-none-1.csv": before, "m0-MP-4.csv": after})
    assert n_both(found.table, "MP") == [None, None]
    assert any("n_both_correct is left out" in note for note in found.provenance.notes)


@pytest.mark.parametrize(
    ("after", "error"),
    [
        ("a,0,0\nb,0,1\nd,1,1\n", "m0-MP-4.csv, line 4: id 'd' is not in {}/m0-none-1.csv"),
        ("a,0,0\nb,0,1\n", "m0-none-1.csv, line 4: id 'c' is not in {}/m0-MP-4.csv: both must"),
        (
            "a,0,0\nc,0,1\nb,1,1\n",
            "m0-MP-4.csv, line 3: id 'c' has the true label '0', but '1' at "
            "{}/m0-none-1.csv, line 4: are the ids",
        ),
        ("a,0,0\na,0,1\nc,1,1\n", "m0-MP-4.csv, line 3: id 'a' is there twice, first at {}/m0-"),
        ("a,0,0\n,0,1\nc,1,1\n", "m0-MP-4.csv, line 3: column 'id' is '', and samples in two"),
        ("a,0,0\n\nnan,0,1\nc,1,1\n", "m0-MP-4.csv, line 4: column 'id' is 'nan', and samples"),
    ],
)
def test_ids_that_do_not_fit_are_named_with_their_lines(
    tmp_path: Path, after: str, error: str
) -> None:
    """Even where the supports are the same."""
    with pytest.raises(ContractError) as caught:
        imported(tmp_path, {"m0-none-1.csv": BEFORE, "m0-MP-4.csv": "id,y_true,y_pred\n" + after})
    assert str(caught.value).startswith(f"{tmp_path}/{error.format(tmp_path)}")


def test_an_id_that_is_twice_in_one_model_is_named_by_that_models_rows(tmp_path: Path) -> None:
    """Every model of the file has all ids once, so other models' rows are not meant."""
    rows = ["1,a,0,0", "1,b,1,1", "4,b,1,1", "4,a,0,0", "8,b,1,1", "8,b,0,0"]
    (tmp_path / "m0.csv").write_text("\n".join(["ratio,id,y_true,y_pred", *rows]))
    options = ImportOptions(described=replace(ABOUT, model="m0", method="MP"))
    with pytest.raises(ContractError, match=r"m0\.csv, line 7: id 'b' is there twice, first"):
        import_files("predictions", [tmp_path], options=options)


def test_many_samples_in_any_order_are_joined_as_by_a_dictionary(tmp_path: Path) -> None:
    """Ids are sorted in parts, which must not show."""
    generator = np.random.default_rng(0)
    ids = generator.choice(10**9, 5_000, replace=False)
    truth = generator.integers(0, 3, 5_000)
    answers = [np.where(generator.random(5_000) < 0.7, truth, 0) for _ in range(2)]
    order = generator.permutation(5_000)
    frame = {"id": ids, "y_true": truth, "y_pred": answers[0]}
    pd.DataFrame(frame).to_csv(tmp_path / "m0-none-1.csv", index=False)
    after = pd.DataFrame({**frame, "y_pred": answers[1]}).iloc[order]
    after.to_csv(tmp_path / "m0-MP-4.csv", index=False)
    table = imported(tmp_path, {}).table
    right = (truth == answers[0]) & (truth == answers[1])
    assert n_both(table, "MP") == np.bincount(truth[right]).tolist()


def test_a_baseline_that_two_files_repeat_is_kept_once_or_they_differ(tmp_path: Path) -> None:
    """As in wide files, one per method; two baselines that differ are refused by both names."""
    text = "Image Label,0 PR,2 PR\n0,0,0\n1,1,0\n"
    for method in ("MP", "UP"):
        (tmp_path / f"m0-{method}.csv").write_text(text)
    wide = ImportOptions(described=ABOUT, preset="aarlbench")
    table = import_files("predictions", [tmp_path], options=wide, pattern="{model}-{method}.csv")
    assert table["method"].to_pylist() == ["none"] * 2 + ["MP"] * 2 + ["UP"] * 2
    (tmp_path / "m0-UP.csv").write_text(text.replace("1,1,0", "1,0,0"))
    with pytest.raises(ContractError, match="are both the baseline of model 'm0', and they differ"):
        import_files("predictions", [tmp_path], options=wide, pattern="{model}-{method}.csv")
