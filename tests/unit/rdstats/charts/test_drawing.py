"""Figures drawn in other processes: the same pictures, and errors that are told here."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import rdstats.charts.drawing
from rdstats.charts.drawing import drawing, processes_for
from rdstats.charts.figure import DataSets, Figure, PanelGrid
from rdstats.charts.rendering import needs_system_fonts, writable
from rdstats.errors import StatsError

SCRIPT = """
from rdstats.charts.drawing import drawing
from rdstats.charts.figure import DataSets, Figure, PanelGrid

print("once")
data = DataSets()
panel = {"mark": "point", "data": data.add([{"x": 1}])}
with drawing(2) as draw:
    pictures = [draw(Figure("k", "t", "c", "a", PanelGrid([panel], 1), data)) for _ in range(3)]
    print(len({picture() for picture in pictures}))
"""


def figure(number: int, text: str = "α = 1") -> Figure:
    """Return a figure with a text and a point."""
    data = DataSets()
    encoding = {"x": {"field": "x", "type": "quantitative"}}
    panel = {"mark": "point", "data": data.add([{"x": number}]), "encoding": encoding}
    return Figure(
        "points", f"Figure {number}", "", text, PanelGrid([{**panel, "title": text}], 1), data
    )


def test_any_number_of_processes_gives_the_same_bytes() -> None:
    """SVG and PNG of five figures, by one process and by two; in the order they were asked for."""
    found = []
    for processes in (1, 2):
        with drawing(processes) as draw:
            found.append([picture() for picture in [draw(figure(n)) for n in range(5)]])
    assert found[0] == found[1]
    assert [f"<title>Figure {n}</title>" in one.svg for n, one in enumerate(found[0])] == [True] * 5
    assert all(one.png.startswith(b"\x89PNG") for one in found[0])


def test_inside_of_another_program_figures_are_drawn_in_this_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A frozen program would start itself again; the SVG is the same."""
    with drawing(1) as draw:
        expected = draw(figure(1))().svg
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(subprocess, "Popen", None)
    with drawing(2) as draw:
        assert draw(figure(1))().svg == expected


def test_what_goes_wrong_over_there_is_raised_here() -> None:
    """With Vega's own word, and the figures after it are drawn."""
    broken = Figure("k", "t", "c", "a", PanelGrid([{"mark": 3}], 1), DataSets())
    with drawing(1) as draw:
        awaited = [draw(broken), draw(figure(2))]
        with pytest.raises(ValueError, match="Vega") as caught:
            awaited[0]()
        assert any("vegalite_to_svg" in note for note in caught.value.__notes__)
        assert "Figure 2" in awaited[1]().svg


def test_a_process_that_is_ended_from_outside_is_told_in_one_line() -> None:
    """As by a machine that is out of memory."""
    with drawing(1) as draw:
        draw(figure(1))()
        (painter,) = children()
        os.kill(painter, signal.SIGKILL)
        with pytest.raises(StatsError, match=r"ended from outside \(exit code -9; is the memory"):
            draw(figure(2))()


def test_a_process_that_ends_by_itself_is_not_the_memorys(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of its answer, too: half a pickle is no answer."""
    half = r"import os; os.write(1, b'\x80\x05\x95'); os._exit(3)"
    monkeypatch.setattr(rdstats.charts.drawing, "_START", half)
    with (
        drawing(1) as draw,
        pytest.raises(StatsError, match=r"has ended by itself \(exit code 3\): what it said"),
    ):
        draw(figure(1))()


def test_figures_are_drawn_where_nothing_can_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under a daemon, or pythonw on Windows: there is no standard error."""
    monkeypatch.setattr(sys, "stderr", None)
    with drawing(1) as draw:
        assert "Figure 1" in draw(figure(1))().svg


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[31mred", "<U+001B>[31mred"),
        ("a\x00\x00", "a<U+0000><U+0000>"),
        (r"typed \u001b", r"typed \u001b"),
        ("\\\x07", "\\<U+0007>"),
        ("\ufffe\ud800", "<U+FFFE><U+D800>"),
        ("类 🐈\n", "类 🐈\n"),
    ],
    ids=ascii,
)
def test_what_no_svg_can_hold_is_seen_written_out(text: str, seen: str) -> None:
    """XML forbids most control characters; in the texts of a specification they are escapes."""
    assert json.loads(writable(json.dumps({"k": text}, ensure_ascii=False))) == {"k": seen}


def test_a_figure_of_such_names_is_drawn() -> None:
    """In its panels, its title and its alternative text."""
    with drawing(1) as draw:
        picture = draw(replace(figure(1, "\x1bred"), title="\x07", alternative="\ufffe"))()
    assert "&lt;U+001B&gt;red" in picture.svg
    assert "<title>&lt;U+0007&gt;</title>" in picture.svg
    assert "&lt;U+FFFE&gt;" in picture.svg


def test_an_error_or_an_interrupt_ends_the_processes() -> None:
    """Also with figures that nobody waits for any more."""
    with pytest.raises(KeyboardInterrupt), drawing(2) as draw:  # noqa: PT012 -- the block ends it
        awaited = [draw(figure(n)) for n in range(20)]
        awaited[0]()
        assert children()
        raise KeyboardInterrupt
    assert not children()


def test_processes_start_before_there_is_anything_to_draw() -> None:
    """They wake up while whoever asks still computes; a figure needs no other."""
    with drawing(2) as draw:
        started = children()
        assert len(started) == 2
        draw(figure(1))()
        assert children() == started


def children() -> list[int]:
    """Return the processes that draw for this one and still run."""
    task = Path("/proc/self/task")
    if not task.exists():
        pytest.skip("needs Linux")
    every = [int(pid) for found in task.glob("*/children") for pid in found.read_text().split()]
    # Other tests of this process may have left a server that training processes are forked from.
    # (One that has just begun may not have a command line yet.)
    return [
        pid for pid in every if b"multiprocessing" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def test_a_script_without_a_main_guard_draws_and_runs_once(tmp_path: Path) -> None:
    """No process imports it again."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr, done.returncode) == ("once\n1\n", "", 0)


def test_letters_beyond_liberation_sans_are_drawn_with_the_systems_fonts() -> None:
    """Each figure by itself: what stands beside it does not change its bytes."""
    assert not needs_system_fonts({"title": "α = −0.5, r² = 0.9, Ā = 0.8, 2×, Привет, naïve"})
    assert needs_system_fonts({"title": "类"})
    assert needs_system_fonts({"datasets": {"rows": [{"place": "🐈"}]}})
    with drawing(1) as draw:
        alone = draw(figure(1))()
        mixed = [draw(figure(1)), draw(figure(2, "类")), draw(figure(1))]
        assert [mixed[0](), mixed[2]()] == [alone, alone]
        assert "类" in mixed[1]().svg


def test_as_many_processes_as_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    """One per core, but a process for three figures, and no more than four."""
    monkeypatch.setattr(rdstats.charts.drawing, "available_cores", lambda: 2)
    assert [processes_for(figures) for figures in (0, 3, 6, 54)] == [1, 1, 2, 2]
    monkeypatch.setattr(rdstats.charts.drawing, "available_cores", lambda: 64)
    assert processes_for(54) == 4
