"""A manifest and a path pattern say what files do not, and contradict nobody silently."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow as pa
import pytest

from data_contracts import ContractError
from data_contracts.importers import Described, ImportOptions, import_files
from data_contracts.importers.manifest import _texts, path_pattern, read_manifest

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


def write(folder: Path, manifest: str, name: str = "models.toml") -> Path:
    """Write a manifest."""
    (folder / name).write_text(manifest)
    return folder / name


def imported(
    folder: Path, manifest: str | None, name: str = "models.toml", about: Described = ABOUT
) -> pa.Table:
    """Import both files."""
    path = folder / name if manifest is None else write(folder, manifest, name)
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
        ("a = " + 9000 * "[" + 9000 * "]", "models.toml", "is no TOML"),
        (f"[all]\nratio = {5000 * '9'}", "models.toml", "is no TOML"),
        (f"[all]\nparameters = {2**63}", "models.toml", "2**63 or more"),
        ('model = "m0"\n', "models.toml", "'model' stands outside a table"),
        ('["m0.csv"]\nmodle = "m0"\n', "models.toml", "there is no field 'modle'"),
        ('["m0.csv"]\nratio = [1, 2]\n', "models.toml", "ratio is a list, but fields are text"),
        ('[all]\nmodel = "m0"\n', "models.toml", "names no file"),
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


def test_places_that_disagree_are_told_together(folder: Path) -> None:
    """The manifest, and in turn the options, a column of the file and the path: neither wins."""
    with pytest.raises(ContractError, match=r"dataset is 'd' by .*, but 'other' by the options"):
        imported(folder, TOML, about=Described(dataset="other"))
    with pytest.raises(ContractError, match=r"method is 'UP' by .*, but 'MP' by the pattern"):
        import_files(
            "predictions",
            [folder / "MP"],
            manifest=write(folder, TOML.replace('"MP"\n', '"UP"\n')),
            pattern="{method}/{model}.csv",
        )
    (folder / "m0.csv").write_text("model,y_true,y_pred\nm9,0,0\nm9,1,1\n")
    with pytest.raises(ContractError, match=r"model is 'm9' by .*, but 'm0' by the manifest"):
        imported(folder, TOML)


def test_a_path_is_read_from_its_end() -> None:
    """Folders above do not matter; a ratio is a number; a star is what does not matter."""
    said = path_pattern("{method}/{model}-{ratio}.csv")(Path("runs/MP/resnet-20-s1-2.5.csv"))
    assert said == Described(method="MP", model="resnet-20-s1", ratio=2.5)
    assert path_pattern("{model}/epoch*.csv")(Path("m0/epoch12.csv")) == Described(model="m0")


@pytest.mark.parametrize(
    ("pattern", "path", "error"),
    [
        ("a.csv", "a.csv", "names no field"),
        ("{modle}.csv", "a.csv", "has a field 'modle'; fields are study"),
        ("{model}/{model}.csv", "a/a.csv", "has the field 'model' twice"),
        ("{model}/epoch*.csv", "m0/epoch12xcsv", "does not fit the pattern"),
        ("{model}-{ratio}.csv", "m-0.5.csv", r"m-0\.5\.csv by the pattern: ratio is 0\.5"),
    ],
)
def test_a_pattern_that_says_nothing_of_a_path_is_refused(
    pattern: str, path: str, error: str
) -> None:
    """Or something that cannot be: 0.5 is a density."""
    with pytest.raises(ContractError, match=error):
        path_pattern(pattern)(Path(path))


@pytest.mark.parametrize(
    ("pattern", "name", "texts"),
    [
        ("{model}{ratio}.csv", "m12.5.csv", {"model": "m", "ratio": "12.5"}),
        ("{model}-{method}", "a-b-c", {"model": "a", "method": "b-c"}),
        ("{model}*{ratio}", "a12", {"model": "a", "ratio": "2"}),
        ("*{model}", "abc", {"model": "c"}),
        ("{model}.csv", ".csv", None),
        ("{ratio}x", "1.x", None),
        ("{model}*.csv.gz", "a.csv.csv.gz", {"model": "a"}),
    ],
)
def test_a_pattern_divides_a_name_as_a_regular_expression_would(
    pattern: str, name: str, texts: dict[str, str] | None
) -> None:
    """Fields as short as fits, numbers and stars as long as fits."""
    assert _texts(pattern, name) == texts


def test_six_fields_take_no_time_where_nothing_fits() -> None:
    """A regular expression tries all ways to divide the name: 160 s at 120 letters."""
    fields = "".join(f"{{{name}}}" for name in ("study", "dataset", "method", "model", "ratio"))
    begin = time.monotonic()
    with pytest.raises(ContractError, match="does not fit"):
        path_pattern(f"{fields}{{stage}}*-*-*x.csv")(Path(f"{'1-' * 120}.csv"))
    assert time.monotonic() - begin < 2


def test_a_manifest_with_a_key_of_thousands_of_parts_is_refused(tmp_path: Path) -> None:
    """TOML's parser takes time by their square."""
    manifest = write(tmp_path, 50_000 * "a." + "a = 1\n")
    with pytest.raises(ContractError, match="a key has more than 100 parts"):
        read_manifest(manifest)


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
