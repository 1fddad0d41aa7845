"""Progress of a run: a bar on a terminal, a plain line now and then elsewhere; on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from rd_cli.progress import in_words

if TYPE_CHECKING:
    from train_backend.running.engine import Status, Watch

LINE_SECONDS = 15.0
"""How often a plain line is written where there is no terminal."""


class Clock:
    """How long a run has been at work, and how long it will be."""

    def __init__(self) -> None:
        self.start = time.monotonic()
        self.first: tuple[float, float] | None = None

    def elapsed(self) -> float:
        """Return the seconds since the run began."""
        return time.monotonic() - self.start

    def words(self, status: Status) -> str:
        """Return models done, time gone and time left, in words."""
        elapsed = self.elapsed()
        text = f"{status.models_done} of {status.models} models, {in_words(elapsed)}"
        if status.cost_done <= status.cost_kept:
            return text
        # From the first work on: starting processes and reading data says nothing of the speed.
        self.first = self.first or (elapsed, status.cost_done)
        seconds, cost = elapsed - self.first[0], status.cost_done - self.first[1]
        if cost <= 0 or status.cost_done >= status.cost:
            return text
        left = seconds * (status.cost - status.cost_done) / cost
        return f"{text}, about {in_words(left)} left"


@contextmanager
def shown(clock: Clock) -> Iterator[Watch]:
    """Give a callback that shows how far the run is, on this process's stderr."""
    console = Console(stderr=True)
    if not console.is_terminal:
        last = 0.0

        def line(status: Status) -> None:
            nonlocal last
            now, words = clock.elapsed(), clock.words(status)
            if now - last >= LINE_SECONDS:
                last = now
                print(f"training: {words}", file=sys.stderr, flush=True)

        yield line
        return
    columns = TextColumn("training"), BarColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def move(status: Status) -> None:
            share = status.cost_done / status.cost if status.cost else 1.0
            bar.update(task, completed=share, description=clock.words(status))

        yield move
