"""Figures drawn in processes of their own, several at once where that pays.

vl-convert draws one figure at a time in a process and keeps Python waiting meanwhile, so threads
would not do; and a process of its own can do without the system's fonts (`fonts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from threading import Lock
from typing import Final

from data_contracts.cores import available_cores
from rdstats.charts.figure import Figure
from rdstats.charts.fonts import needs_system_fonts
from rdstats.charts.painter_process import PainterProcess, can_start
from rdstats.charts.rendering import Picture, Plan, render
from rdstats.charts.saving import plan_of

Awaited = Callable[[], Picture]
"""Waits until a picture is drawn, or draws it."""

_MOST: Final = 4  # more than these wait for the figures' numbers, and each takes 200 MB
_FIGURES_EACH: Final = 3  # a process has to start first: a second


def processes_for(figures: int) -> int:
    """Return in how many processes so many figures are drawn soonest."""
    return max(1, min(available_cores(), figures // _FIGURES_EACH, _MOST))


@contextmanager
def drawing(processes: int) -> Iterator[Callable[[Figure], Awaited]]:
    """Give a function that has a figure drawn, and returns what waits for the picture.

    Pictures are the same bytes in any number of processes. Whatever ends the block, an error or
    Ctrl-C, ends the processes. Where Python is inside of another program, which cannot be started
    as Python, a figure is drawn in this process when it is waited for.

    Args:
        processes: How many draw at once.

    Raises:
        StatsError: When waiting: a process was ended from outside.
    """
    if not can_start():
        yield lambda figure: partial(render, plan_of(figure))
        return
    painters = _Painters()
    threads = ThreadPoolExecutor(processes)
    try:
        painters.start(processes)
        yield lambda figure: threads.submit(painters.draw, plan_of(figure)).result
    finally:
        painters.kill()
        threads.shutdown(cancel_futures=True)
        painters.close()


class _Painters:
    """The processes that draw; those that have the system's fonts start when a figure needs them.

    As many threads as processes ask them: there is never one more of a kind than threads.
    """

    def __init__(self) -> None:
        self._started: list[PainterProcess] = []
        self._idle: dict[bool, SimpleQueue[PainterProcess]] = {
            system_fonts: SimpleQueue() for system_fonts in (False, True)
        }
        self._lock = Lock()
        self._is_over = False

    def start(self, processes: int) -> None:
        """Start processes before there is anything to draw: each takes half a second to wake."""
        for _ in range(processes):
            self._idle[False].put(self._new(system_fonts=False))

    def draw(self, plan: Plan) -> Picture:
        """Return the picture, drawn by a process that is idle."""
        system_fonts = needs_system_fonts(plan.spec)
        idle = self._idle[system_fonts]
        process = self._new(system_fonts=system_fonts) if idle.empty() else idle.get()
        try:
            return process.draw(plan)
        finally:
            idle.put(process)

    def _new(self, *, system_fonts: bool) -> PainterProcess:
        with self._lock:  # else one that starts while all are ended would be forgotten
            if self._is_over:
                raise CancelledError
            self._started.append(PainterProcess(system_fonts=system_fonts))
            return self._started[-1]

    def kill(self) -> None:
        """End all processes; who waits for a picture waits no longer."""
        with self._lock:
            self._is_over = True
            for process in self._started:
                process.kill()

    def close(self) -> None:
        """Close what leads to the processes, once nobody waits for them."""
        for process in self._started:
            process.close()
