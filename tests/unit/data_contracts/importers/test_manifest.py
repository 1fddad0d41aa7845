"""A manifest and a path pattern say what files do not, and contradict nobody silently."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from data_contracts import ContractError
from data_contracts.importers import Described, ImportOptions, import_files
from data_contracts.importers.manifest import path_pattern

ABOUT = Described(study="s", dataset="d", architecture="a")
TEXT = "y_true,y_pred\n0,0\n1,1\n"
TOML = """\
[all]
study = "s"
dataset = "d"
architecture = "a"
["MP/m0.csv"]
model = "m0"
method = "MP"
ratio = 4
stage = "pruned"
parameters = 60074
["m0.csv"]
model = "m0"
ratio = 1
"""
CSV = "path,model,method,ratio,stage\nMP/m0.csv,m0,MP,4,pruned\nm0.csv,m0,,1,\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two prediction files."""
    (tmp_path / "MP").mkdir()
    (tmp_path / "MP" / "m0.csv").write_text(TEXT)
    (tmp_path / "m0.csv").write_text(TEXT)
    return tmp_path


def imported(
    folder: Path, manifest: str | None, name: str = "models.toml", about: Described = ABOUT
) -> pa.Table:
    """Import both files."""
    path = folder / name
    if manifest is not None:
        path.write_text(manifest)
    return import_files(
        "predictions",
        [folder / "m0.csv", folder / "MP"],
        options=ImportOptions(described=about),
        manifest=path,
    )


@pytest.mark.parametrize(("text", "name"), [(TOML, "models.toml"), (CSV, "models.csv")])
def test_a_manifest_describes_files_by_their_paths(folder: Path, text: str, name: str) -> None:
    """Seen from its own folder; an empty cell says nothing."""
    table = imported(folder, text, name)
    assert table["method"].to_pylist() == ["none", "none", "MP", "MP"]
    assert table["ratio"].to_pylist() == [1, 1, 4, 4]


@pytest.mark.parametrize(
    ("text", "name", "error"),
    [
        ('["m0.csv"]\nmodel = "m0"\n', "models.toml", "MP/m0.csv is not in the manifest"),
        ("[m0", "models.toml", "is no TOML"),
        ('model = "m0"\n', "models.toml", "'model' stands outside a table"),
        ('["m0.csv"]\nmodle = "m0"\n', "models.toml", "there is no field 'modle'"),
        ('["m0.csv"]\nratio = [1, 2]\n', "models.toml", "ratio is [1, 2], but fields are text"),
        ("", "models.toml", "names no file"),
        ("file,model\nm0.csv,m0\n", "models.csv", "has no column path"),
        ("path,model\nm0.csv,m0\nm0.csv,m1\n", "models.csv", "line 3: the path 'm0.csv' is there"),
        ("path,ratio\nm0.csv,x\n", "models.csv", "line 2: ratio is 'x', which is not a number"),
        ("path,model\nm0.csv,m0\n./m0.csv,m1\n", "models.csv", "names one file twice"),
        (None, "none.toml", "No such file"),
    ],
)
def test_a_manifest_that_is_wrong_is_refused(
    folder: Path, text: str | None, name: str, error: str
) -> None:
    """With its name and the place in it."""
    with pytest.raises(ContractError) as caught:
        imported(folder, text, name)
    assert name in str(caught.value)
    assert error in str(caught.value)


def test_a_manifest_and_an_option_that_disagree_are_told_together(folder: Path) -> None:
    """Both values, both places."""
    with pytest.raises(ContractError) as caught:
        imported(folder, TOML, about=Described(dataset="other"))
    assert "dataset is 'd' by" in str(caught.value)
    assert "but 'other' by the options" in str(caught.value)


def test_a_file_and_its_manifest_that_disagree_are_told_together(folder: Path) -> None:
    """A column of the file says another model."""
    (folder / "m0.csv").write_text("model,y_true,y_pred\nm9,0,0\nm9,1,1\n")
    with pytest.raises(ContractError, match=r"model is 'm9' by .*, but 'm0' by the manifest"):
        imported(folder, TOML)


def test_a_pattern_and_a_manifest_that_disagree_are_told_together(folder: Path) -> None:
    """The path says another method."""
    (folder / "models.toml").write_text(TOML.replace('"MP"\n', '"UP"\n'))
    with pytest.raises(ContractError, match=r"method is 'UP' by .*, but 'MP' by the pattern"):
        import_files(
            "predictions",
            [folder / "MP"],
            manifest=folder / "models.toml",
            pattern="{method}/{model}.csv",
        )


def test_a_path_is_read_from_its_end() -> None:
    """Folders above do not matter; a ratio is a number."""
    said = path_pattern("{method}/{model}-{ratio}.csv")(Path("runs/2024/MP/resnet-20-s1-2.5.csv"))
    assert said == Described(method="MP", model="resnet-20-s1", ratio=2.5)


def test_a_star_stands_for_what_does_not_matter() -> None:
    """And everything else for itself, dots too."""
    pattern = path_pattern("{model}/epoch*.csv")
    assert pattern(Path("m0/epoch12.csv")) == Described(model="m0")
    with pytest.raises(ContractError, match="does not fit the pattern"):
        pattern(Path("m0/epoch12xcsv"))


@pytest.mark.parametrize(
    ("pattern", "error"),
    [
        ("a.csv", "names no field"),
        ("{modle}.csv", "has a field 'modle'; fields are study"),
        ("{model}/{model}.csv", "has the field 'model' twice"),
    ],
)
def test_a_pattern_that_says_nothing_is_refused(pattern: str, error: str) -> None:
    """Before any file is read."""
    with pytest.raises(ContractError, match=error):
        path_pattern(pattern)


def test_a_ratio_that_cannot_be_is_refused_with_its_path() -> None:
    """0.5 is a density."""
    with pytest.raises(ContractError, match=r"m-0\.5\.csv by the pattern: ratio is 0\.5"):
        path_pattern("{model}-{ratio}.csv")(Path("m-0.5.csv"))


def test_what_holds_for_compressed_models_does_not_hold_for_the_baseline(folder: Path) -> None:
    """--method and --stage beside a path that says ratio 1."""
    (folder / "m0.csv").rename(folder / "m0-1.csv")
    (folder / "MP" / "m0.csv").rename(folder / "m0-4.csv")
    about = ABOUT.merged(Described(method="MP", stage="finetuned"))
    table = import_files(
        "predictions",
        [folder],
        options=ImportOptions(described=about),
        pattern="{model}-{ratio}.csv",
    )
    assert table["stage"].to_pylist() == ["baseline"] * 2 + ["finetuned"] * 2
    assert table["method"].to_pylist() == ["none"] * 2 + ["MP"] * 2
