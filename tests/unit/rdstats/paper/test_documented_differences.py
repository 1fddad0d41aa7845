"""The measured differences in docs/paper.md are those of reports/differences."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[4]
STUDIES = REPOSITORY / "reports" / "differences"
SCRIPT = REPOSITORY / "benchmarks" / "paper_differences.py"

pytestmark = pytest.mark.skipif(
    not STUDIES.is_dir(), reason="a source archive holds no reports/: run this in a checkout"
)


def test_the_documented_tables_are_what_the_script_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the recall tables of the finished studies."""
    spec = importlib.util.spec_from_file_location("paper_differences", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr("sys.argv", ["paper_differences.py", str(STUDIES)])
    script.main()
    printed = capsys.readouterr().out
    assert printed.count("\n") > 20
    assert printed.strip() in (REPOSITORY / "docs" / "paper.md").read_text(encoding="utf-8")
