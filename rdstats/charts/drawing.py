"""Figures drawn by other processes, while this one computes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from types import ModuleType
from typing import Final

from data_contracts.cores import available_cores
from rdstats.charts.figure import Figure, Picture, Plan, plan_of, render
from rdstats.errors import StatsError

Awaited = Callable[[], Picture]
"""Waits until a picture is drawn, or draws it."""

_MOST: Final = 4  # more than these wait for the figures' numbers, and each takes 200 MB
_FIGURES_EACH: Final = 3  # a process has to start first: a second
_SMALL: Final = '{"mark": "text", "data": {"values": [{}]}}', "", ""


def processes_for(figures: int) -> int:
    """Return in how many processes so many figures are drawn soonest."""
    return max(1, min(available_cores(), figures // _FIGURES_EACH, _MOST))


@contextmanager
def drawing(processes: int) -> Iterator[Callable[[Figure], Awaited]]:
    """Give a function that has a figure drawn, and returns what waits for the picture.

    Pictures are the same bytes in any number of processes. The processes start at once, and load
    JavaScript while there is nothing to draw yet. Where Python is inside of another program,
    which cannot be started as Python, a figure is drawn in this process when it is waited for.

    Raises:
        StatsError: When waiting: a process has ended in between.
    """
    if getattr(sys, "frozen", False):
        yield lambda figure: partial(render, plan_of(figure))
        return
    # Spawned: a copy of this process would lack the threads that its libraries count on. Ctrl-C
    # reaches every process of a terminal, and is this one's to answer.
    pool = ProcessPoolExecutor(
        processes, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN)
    )
    try:
        for _ in range(processes):
            _submit(pool, _SMALL)
        yield lambda figure: partial(_wait, _submit(pool, plan_of(figure)))
    finally:
        pool.shutdown(cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, plan: Plan) -> Future[Picture]:
    """Have a plan drawn. A process that starts for it must not run the user's script again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        return pool.submit(render, plan)
    except BrokenProcessPool as error:
        raise _ended() from error
    finally:
        sys.modules["__main__"] = main


def _wait(future: Future[Picture]) -> Picture:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise _ended() from error


def _ended() -> StatsError:
    return StatsError(
        "a process that draws figures has ended in between (is the memory full?): make room, or "
        "draw in one process (on Linux: taskset -c 0 and the same command)"
    )
