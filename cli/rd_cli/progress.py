"""Progress of work in steps: a bar on a terminal, nothing elsewhere; on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, TimeRemainingColumn


@contextmanager
def steps(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """Give a callback (step, steps done, steps) that shows how far the work is.

    Args:
        title: What the work is called before its first step.
    """
    console = Console(stderr=True)
    columns = *Progress.get_default_columns()[:-1], TimeRemainingColumn()
    is_hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=is_hidden) as bar:
        task = bar.add_task(title, total=None)

        def tell(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"{title}: {what}", completed=done, total=total)

        yield tell
