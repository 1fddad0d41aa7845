"""Any table with a row per class; real ones are in test_agreement.py."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_contracts import ContractError
from data_contracts.importers import Evaluated, ImportOptions
from data_contracts.importers.formats.table import read

COUNTS = "class,n_samples,n_correct\nant,2,1\nbee,3,2\n"


def imported(path: Path, options: ImportOptions | None = None) -> list[Evaluated]:
    """Every model of a table."""
    return list(read(path, options or ImportOptions()))


def written(folder: Path, text: str, name: str = "table.csv") -> Path:
    """A file with that text."""
    path = folder / name
    path.write_bytes(text.encode())
    return path


NAMES = ["class", "n_samples", "n_correct"]
ROW = ["ant", 2, 1]
RECORD = dict(zip(NAMES, ROW, strict=True))
BY_NAME = {"ant": {"n": 2, "recall": {"value": 0.5}}}
NESTED = {"n_samples": "n", "recall": "recall.value"}


@pytest.mark.parametrize(
    ("value", "columns"),
    [
        ([RECORD], {}),
        ({"columns": NAMES, "data": [ROW]}, {}),
        ({"_type": "table", "columns": NAMES, "data": [ROW]}, {}),
        ({"schema": {}, "data": [{"index": 0, **RECORD}]}, {}),
        ({name: {"0": cell} for name, cell in RECORD.items()}, {}),
        ({name: [cell] for name, cell in RECORD.items()}, {}),
        ({"0": RECORD}, {}),
        (BY_NAME, {"class": "index", "n_samples": "n", "recall": "recall.value"}),
        ([{"slice": {"label": "ant"}, **BY_NAME["ant"]}], {"class": "slice.label", **NESTED}),
    ],
    ids=["records", "split", "wandb", "table", "columns", "lists", "index", "names", "nested"],
)
def test_json_is_read_in_every_shape_that_other_tools_write(
    tmp_path: Path, value: object, columns: dict[str, str]
) -> None:
    """One ant of two, by pandas, W&B, TensorFlow Model Analysis."""
    path = written(tmp_path, json.dumps(value), "table.json")
    (model,) = imported(path, ImportOptions(columns=columns))
    assert model.counts.class_names == ("ant",)
    assert model.counts.n_correct.tolist() == [1]


def test_columns_about_the_model_tell_models_apart(tmp_path: Path) -> None:
    """Two ratios in one file are two models; a class may be there once in each."""
    text = "class,n_samples,n_correct,ratio,method\nant,2,2,1,none\nant,2,1,4,MP\n"
    before, after = imported(written(tmp_path, text))
    assert before.described.said() == {"ratio": 1.0, "method": "none"}
    assert after.described.said() == {"ratio": 4.0, "method": "MP"}
    assert "ratio 4" in after.source


READ = {
    "names.csv": "class_id,Class Name,CORRECT,Total,accuracy\n7,ant,1,2,0.5\n8,bee,2,3,0.6666667\n",
    "index.csv": ",recall,support\nant,0.5,2\nbee,0.6666666667,3\n",
    "percent.csv": "class,accuracy,n_samples\nant,50.00%,2\nbee,66.67 %,3\n",
    "counts.txt": "Accuracy of the network: 60%\nTest Accuracy of   ant: 50% (1/2)\n"
    "Test Accuracy of   bee: 66% (2/3)\n",
}


@pytest.mark.parametrize("name", READ)
def test_a_table_is_read_by_the_names_that_people_use(tmp_path: Path, name: str) -> None:
    """In any case; a sign says per cent; lines as PyTorch's tutorials print them."""
    (model,) = imported(written(tmp_path, READ[name], name))
    assert model.counts.class_names == ("ant", "bee")
    assert model.counts.n_samples.tolist() == [2, 3]
    assert model.counts.n_correct.tolist() == [1, 2]


def test_lines_that_tell_of_a_class_each_need_supports(tmp_path: Path) -> None:
    """54.9 % of 1,000; whole per cents may be cut off, which rounding is not."""
    lines = "Accuracy for class: ant   is 54.9 %\nAccuracy for class: bee   is 33.0 %\n"
    path = written(tmp_path, lines, "log.txt")
    supports = written(tmp_path, "class,n_samples\nant,1000\nbee,500\n", "supports.csv")
    options = ImportOptions(settings={"supports": str(supports)})
    (model,) = imported(path, options)
    assert model.counts.n_correct.tolist() == [549, 165]
    with pytest.raises(ContractError, match="line 1: 54 % may be rounded or cut off"):
        imported(written(tmp_path, lines.replace(".9", ""), "log.txt"), options)


def test_caret_by_class_has_no_supports(tmp_path: Path) -> None:
    """Its Sensitivity is the recall, as R writes it; test samples come from another file.

    Written by hand in the form of write.csv(confusionMatrix(...)$byClass): caret is not here.
    """
    text = (
        '"","Sensitivity","Specificity","Pos Pred Value"\n'
        '"Class: ant",0.5,0.9,0.666666666666667\n"Class: bee",0.666666666666667,0.5,0.5\n'
    )
    path = written(tmp_path, text)
    with pytest.raises(ContractError, match=r"has no column n_samples: say .* --set supports=FILE"):
        imported(path, ImportOptions(preset="caret"))
    supports = written(tmp_path, "class,n_samples\nant,4\nbee,3\n", "supports.csv")
    options = ImportOptions(preset="caret", settings={"supports": str(supports)})
    (model,) = imported(path, options)
    assert model.counts.class_names == ("ant", "bee")
    assert model.counts.n_correct.tolist() == [2, 2]
    assert model.counts.n_predicted is not None
    assert model.counts.n_predicted.tolist() == [3, 4]


def test_percentages_have_to_be_confirmed(tmp_path: Path) -> None:
    """66.7 % of 3 is 2."""
    path = written(tmp_path, "class,n_samples,recall\nant,2,50.0\nbee,3,66.7\n")
    with pytest.raises(ContractError, match="--confirm percent"):
        imported(path)
    (model,) = imported(path, ImportOptions(confirmed=frozenset({"percent"})))
    assert model.counts.n_correct.tolist() == [1, 2]
    assert model.counts.count_quality == "rounded"


def test_a_recall_that_contradicts_its_count_is_refused(tmp_path: Path) -> None:
    """2 of 3 is 0.67, not 0.9."""
    path = written(tmp_path, "class,n_samples,n_correct,recall\nant,3,2,0.9\n")
    with pytest.raises(ContractError, match=r"line 2: .* 2 right of 3, but its recall is 0.9"):
        imported(path)


def test_parquet_keeps_floats_as_they_are(tmp_path: Path) -> None:
    """A float32 of 2 / 3 is 2 of 3."""
    recalls = pa.array([0.5, 2 / 3], pa.float32())
    table = pa.table({"class": ["ant", "bee"], "n_samples": [2, 3], "recall": recalls})
    pq.write_table(table, tmp_path / "table.parquet")
    (model,) = imported(tmp_path / "table.parquet")
    assert model.counts.n_correct.tolist() == [1, 2]
    assert model.counts.count_quality == "exact"


def test_a_flipped_byte_of_parquet_is_refused(tmp_path: Path) -> None:
    """Its pages lie under checksums: damage is an error, not another count."""
    path = tmp_path / "table.parquet"
    table = pa.table({"class": ["ant", "bee"], "n_samples": [1000, 1001], "n_correct": [700, 701]})
    plain = {"use_dictionary": False, "compression": "none", "write_statistics": False}
    pq.write_table(table, path, write_page_checksum=True, **plain)
    assert imported(path)[0].counts.n_correct.tolist() == [700, 701]
    whole = path.read_bytes()
    place = whole.index((700).to_bytes(8, "little"))
    path.write_bytes(whole[:place] + (699).to_bytes(8, "little") + whole[place + 8 :])
    with pytest.raises(ContractError, match="cannot be read"):
        imported(path)


@pytest.mark.parametrize(
    ("text", "columns", "why"),
    [
        (
            "kind,n_correct\nant,1\n",
            {},
            "no column class and no n_samples: say --column class=NAME",
        ),
        (
            "class,right\nant,1\n",
            {},
            r"no column recall \(or n_correct, or true_pos.*has 'class', 'r",
        ),
        ("class,n,total,recall\nant,1,1,1\n", {}, "'total', 'n', and each could be n_samples"),
        (COUNTS, {"recall": "Recall"}, "no column 'Recall' for recall"),
        (COUNTS, {"klass": "class"}, "--column klass=...: columns of ours are class"),
        (COUNTS.replace("bee", "ant"), {}, "line 3: class 'ant' is there already at .* line 2"),
        (COUNTS.replace("3,2", "3,4"), {}, "n_correct of class 'bee' is 4 of 3"),
        (COUNTS.replace("3,2", "3,2.5"), {}, "line 3: column 'n_correct' is '2.5'"),
        (COUNTS.replace("3,2", "3,1.000,0"), {}, "line 3: it has 4 columns"),
        (COUNTS.replace("3,2", "3,"), {}, "line 3: class 'bee' has neither a recall nor a count"),
        (COUNTS.replace("3,2", ",2"), {}, "line 3: class 'bee' has no count of test samples"),
        (COUNTS.replace("n_correct", "n_samples"), {}, "column 'n_samples' is there 2 times"),
        (COUNTS.replace("ant,2,1", '"ant,2,1'), {}, "a quote not closed"),
    ],
)
def test_what_is_no_such_table_is_refused(
    tmp_path: Path, text: str, columns: dict[str, str], why: str
) -> None:
    """In one line that names what is wrong, and where."""
    with pytest.raises(ContractError, match=why) as caught:
        imported(written(tmp_path, text), ImportOptions(columns=columns))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("3", "a table is a list or an object"),
        ("[3]", 'row 1: it is "3"'),
        ('{"columns": ["class"], "data": [[1, 2]]}', "row 1: .* there are 1 columns"),
        ('{"columns": ["class", "class"], "data": []}', "two columns have one name"),
        ('{"class": ["ant"], "recall": [1, 2]}', "different lengths"),
        ("[" * 100_000, "nested too deeply|no JSON"),
        ("[]", "holds no rows"),
        ("{", "no JSON"),
    ],
)
def test_json_that_is_no_table_is_refused(tmp_path: Path, text: str, why: str) -> None:
    """In one line that names the file."""
    with pytest.raises(ContractError, match=why) as caught:
        imported(written(tmp_path, text, "table.json"))
    assert "table.json" in str(caught.value)
