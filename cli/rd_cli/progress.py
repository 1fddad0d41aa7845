"""Progress bars, and durations as people say them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from rd_cli.edge import for_terminal


def in_words(seconds: float) -> str:
    """Return e.g. "45 s", "3 min 05 s", "2 h 10 min", "3 days 4 h"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} days {whole % 86400 // 3600} h"


@contextmanager
def steps(title: str, *, quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """Give a callback (step, steps done, steps) that shows how far the work is.

    Args:
        title: What the work is called before its first step.
        quiet: Show nothing.
    """
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda *_: None  # a hidden bar of rich before 14.3 leaves an empty line
        return
    # Names of files are no markup.
    name = TextColumn("{task.description}", markup=False)
    columns = name, BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def tell(what: str, done: int, total: int) -> None:
            bar.update(
                task, description=for_terminal(f"{title}: {what}"), completed=done, total=total
            )

        yield tell
