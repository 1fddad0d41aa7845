"""The notebook of the site runs as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

TOUR = Path(__file__).parents[2] / "docs" / "tour.ipynb"


@pytest.mark.filterwarnings("ignore")  # Jupyter's own, of its event loop and its folders
def test_the_tour_runs_and_shows_what_it_speaks_of() -> None:
    """From two arrays to a report; it is committed without outputs, so none can be old."""
    notebook: Any = nbformat.read(TOUR, as_version=4)  # type: ignore[no-untyped-call]
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs for cell in cells)
    resources = {"metadata": {"path": str(TOUR.parent)}}
    NotebookClient(notebook, timeout=120, resources=resources).execute()
    shown = [str(cell.outputs) for cell in cells]
    assert sum("<svg" in text for text in shown) == 3
    assert any("_repr_html_" not in text and "<strong>" in text for text in shown)
    assert "index.html" in shown[-1]
