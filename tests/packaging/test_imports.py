"""What an import costs: analysis runs where torch was never installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = "torch", "torchvision", "altair", "pingouin", "statsmodels", "sklearn", "matplotlib"


def loaded_by(statement: str, modules: tuple[str, ...]) -> list[str]:
    """Return which of `modules` a fresh interpreter holds after `statement`."""
    code = f"{statement}\nimport sys\nprint(*[m for m in {modules!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.split()


@pytest.mark.parametrize(
    "statement", ["import rdstats", "import data_contracts", "import rd_cli.stats.app"]
)
def test_analysis_imports_load_nothing_heavy(statement: str) -> None:
    """`import rdstats` loads neither torch nor altair."""
    assert loaded_by(statement, HEAVY) == []


@pytest.mark.parametrize("name", ["slopes", "conditions", "classes", "sensitivity"])
def test_only_comparisons_load_pingouin(name: str) -> None:
    """It takes two seconds to import; `rdstats compare` and `rdstats paper` alone need it."""
    statement = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "import rdstats; from synthetic import recall_table\n"
        f"rdstats.{name}_table(recall_table(models=5, ratios=(2.0, 4.0)))"
    )
    assert loaded_by(statement, ("pingouin", "matplotlib")) == []


def test_the_training_command_answers_help_without_torch() -> None:
    """`rdtrain --help` must not wait for torch."""
    assert loaded_by("import rd_cli.train.app", ("torch", "pandas", "pyarrow")) == []


def test_the_digits_path_never_loads_torchvision() -> None:
    """The embedded data set needs scikit-learn alone."""
    statement = (
        "import torch\nfrom train_backend.datasets import load_dataset\n"
        "load_dataset('digits', root=None, device=torch.device('cpu'),"
        " split_generator=torch.Generator().manual_seed(0))"
    )
    assert loaded_by(statement, ("torchvision",)) == []


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
assert len(rdstats.conditions_table(table)) >= 2
assert len(rdstats.compare_table(table, "ratio")) >= 1
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
