"""Figures drawn in other processes: the same pictures, and errors that are told here."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import rdstats.charts.drawing
from rdstats.charts.drawing import drawing, processes_for
from rdstats.charts.figure import Figure, PanelGrid, to_svg, writable
from rdstats.charts.theme import layer, quantitative
from rdstats.errors import StatsError

SCRIPT = """
from rdstats.charts.drawing import drawing
from rdstats.charts.figure import Figure, PanelGrid

print("once")
panel = {"mark": "point", "data": {"values": [{"x": 1}]}}
with drawing(2) as draw:
    pictures = [draw(Figure("k", "t", "c", "a", PanelGrid([panel], 1))) for _ in range(3)]
    print(len({picture() for picture in pictures}))
"""


def figure(number: int, text: str = "α = 1") -> Figure:
    """Return a figure with a text and a point."""
    panel = {**layer([{"x": number}], "point", x=quantitative("x")), "title": text}
    return Figure("points", f"Figure {number}", "", text, PanelGrid([panel], 1))


def test_any_number_of_processes_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """SVG and PNG of five figures, by one, two and no process; in the order they were asked for."""
    found = []
    for processes in (1, 2, 0):
        # A frozen program would start itself again, so it draws in its own process.
        monkeypatch.setattr(sys, "frozen", not processes, raising=False)
        with drawing(processes) as draw:
            found.append([picture() for picture in [draw(figure(n)) for n in range(5)]])
    assert found[0] == found[1] == found[2]
    for number, (svg, png) in enumerate(found[0]):
        assert f"<title>Figure {number}</title>" in svg
        assert png.startswith(b"\x89PNG")


def test_what_goes_wrong_over_there_is_raised_here() -> None:
    """With Vega's own word, and the figures after it are drawn."""
    broken = Figure("k", "t", "c", "a", PanelGrid([{"mark": 3}], 1))
    with drawing(1) as draw:
        awaited = [draw(broken), draw(figure(2))]
        with pytest.raises(ValueError, match="Vega"):
            awaited[0]()
        assert "Figure 2" in awaited[1]().svg


def test_a_process_that_is_ended_from_outside_is_told_in_one_line() -> None:
    """As by a machine that is out of memory; who asks later is told as well."""
    with drawing(1) as draw:
        draw(figure(1))()
        (painter,) = children()
        os.kill(painter, signal.SIGKILL)
        for _ in range(2):
            with pytest.raises(StatsError, match=r"has ended in between \(is the memory full"):
                draw(figure(2))()


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
    svg = to_svg(replace(figure(1, "\x1bred"), title="\x07", alternative="\ufffe"))
    for text in ("&lt;U+001B&gt;red", "<title>&lt;U+0007&gt;</title>", "&lt;U+FFFE&gt;"):
        assert text in svg


def test_an_error_or_an_interrupt_ends_the_processes() -> None:
    """Also with figures that nobody waits for any more."""
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt), drawing(2) as draw:  # noqa: PT012 -- the block ends it
        awaited = [draw(figure(n)) for n in range(200)]
        assert len(children()) == 2  # started before there was anything to draw
        awaited[0]()
        raise KeyboardInterrupt
    assert not children()
    assert time.monotonic() - started < 20


def children() -> list[int]:
    """Return the processes that draw for this one and still run."""
    task = Path("/proc/self/task")
    if not task.exists():
        pytest.skip("needs Linux")
    every = [int(pid) for found in task.glob("*/children") for pid in found.read_text().split()]
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in every}
    return [pid for pid, command in commands.items() if b"spawn_main" in command]


def test_a_script_without_a_main_guard_draws_and_runs_once(tmp_path: Path) -> None:
    """No process imports it again."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr, done.returncode) == ("once\n1\n", "", 0)


def test_as_many_processes_as_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    """One per core, but a process for three figures, and no more than four."""
    monkeypatch.setattr(rdstats.charts.drawing, "available_cores", lambda: 2)
    assert [processes_for(figures) for figures in (0, 3, 6, 54)] == [1, 1, 2, 2]
    monkeypatch.setattr(rdstats.charts.drawing, "available_cores", lambda: 64)
    assert processes_for(54) == 4
