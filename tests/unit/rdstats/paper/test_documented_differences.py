"""The measured differences in docs/paper.md are those of reports/differences."""

from __future__ import annotations

from pathlib import Path

import pytest

import paper_differences

REPOSITORY = Path(__file__).parents[4]
STUDIES = REPOSITORY / "reports" / "differences"

pytestmark = pytest.mark.skipif(
    not STUDIES.is_dir(), reason="a source archive holds no reports/: run this in a checkout"
)


def test_the_documented_tables_are_what_the_script_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the recall tables of the finished studies."""
    monkeypatch.setattr("sys.argv", ["paper_differences.py", str(STUDIES)])
    paper_differences.main()
    printed = capsys.readouterr().out
    assert printed.count("\n") > 20
    assert printed.strip() in (REPOSITORY / "docs" / "paper.md").read_text(encoding="utf-8")
