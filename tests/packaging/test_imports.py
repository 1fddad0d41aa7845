"""What an import gives and costs: analysis runs where torch was never installed."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import rdstats

HEAVY = "torch", "torchvision", "altair", "pingouin", "statsmodels", "sklearn", "matplotlib"
DIGITS = """
import torch
from train_backend.data import load_dataset
streams = torch.Generator().manual_seed(0)
load_dataset("digits", root=None, device=torch.device("cpu"), split_generator=streams)
"""


def loaded_by(statement: str, modules: tuple[str, ...]) -> list[str]:
    """Return which of `modules` a fresh interpreter holds after `statement`."""
    code = f"{statement}\nimport sys\nprint(*[m for m in {modules!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("statement", "modules"),
    [
        ("import data_contracts; import rdstats; rdstats.slope_through_origin", HEAVY),
        ("import rd_cli.stats.app, rdstats", (*HEAVY, "pandas", "pyarrow")),
        ("import rd_cli.train.app, rdstats", (*HEAVY, "pandas", "pyarrow")),
        ("import rdstats; rdstats.check_models; import rdstats.pairs.words", ("scipy.stats",)),
        (DIGITS, ("torchvision",)),
    ],
)
def test_an_import_loads_nothing_heavy(statement: str, modules: tuple[str, ...]) -> None:
    """Analysis neither torch nor altair, `--help` not even pandas, `check` no scipy.stats."""
    assert loaded_by(statement, modules) == []


def test_people_and_type_checkers_see_the_same_names() -> None:
    """`rdstats/__init__.py` has them twice: as imports for type checkers, and by module."""
    block = next(
        node for node in ast.parse(inspect.getsource(rdstats)).body if isinstance(node, ast.If)
    )
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert {node.names[0].asname for node in imports} | {"__version__"} == set(dir(rdstats))


def test_every_public_name_is_there_and_none_is_a_room() -> None:
    """A function with the name of a room would hide it."""
    rooms = {path.parent.name for path in Path(rdstats.__file__).parent.glob("*/__init__.py")}
    assert set(dir(rdstats)) & rooms == {"charts"}  # the room itself
    for name in dir(rdstats):
        found = getattr(rdstats, name)
        assert name in ("charts", "__version__") or found.__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'slope_table'"):
        rdstats.slope_table  # type: ignore[attr-defined]  # noqa: B018  # it raises


def test_analysis_runs_where_torch_cannot_be_imported() -> None:
    """A whole analysis, with torch and its companions not to be found."""
    code = """
import sys


class NotInstalled:
    # What `import torch` meets where torch was never installed.
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "torchvision", "safetensors"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, NotInstalled())
sys.path.insert(0, "tests")
from synthetic import recall_table
import rdstats
table = recall_table(models=4, ratios=(2.0, 4.0))
assert len(rdstats.conditions(table)) >= 2
assert len(rdstats.compare(table, "ratio")) >= 1
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
