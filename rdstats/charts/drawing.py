"""Figures drawn side by side: vl-convert draws one at a time in a process, so there are several."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from queue import SimpleQueue
from typing import IO, Final, cast

from data_contracts.cores import available_cores
from rdstats.charts.figure import Figure
from rdstats.charts.rendering import Picture, Plan, render
from rdstats.charts.saving import plan_of
from rdstats.errors import StatsError

Awaited = Callable[[], Picture]
"""Waits until a picture is drawn, or draws it."""

_MOST: Final = 4  # more than these wait for the figures' numbers, and each takes 150 MB
_FIGURES_EACH: Final = 3  # a process has to start first: a second
# Not multiprocessing: its processes would run the user's script again. `sys.path` as it is here.
_START: Final = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from rdstats.charts.painter import paint; paint()"
)


def processes_for(figures: int) -> int:
    """Return in how many processes so many figures are drawn soonest; 1 is this one."""
    if not sys.executable or getattr(sys, "frozen", False):  # another program than Python
        return 1
    return max(1, min(available_cores(), figures // _FIGURES_EACH, _MOST))


@contextmanager
def drawing(processes: int) -> Iterator[Callable[[Figure], Awaited]]:
    """Give a function that has a figure drawn, and returns what waits for the picture.

    Pictures are the same bytes in any number of processes. Whatever ends the block, an error or
    Ctrl-C, ends the processes; should this process be killed, they end themselves.

    Args:
        processes: How many; with 1 a figure is drawn in this process, when it is waited for.

    Raises:
        StatsError: When waiting: a process was ended from outside.
    """
    if processes < 2:
        yield lambda figure: partial(render, plan_of(figure))
        return
    threads = ThreadPoolExecutor(processes)
    painters: list[_Painter] = []
    idle: SimpleQueue[_Painter] = SimpleQueue()

    def draw(plan: Plan) -> Picture:
        painter = idle.get()
        try:
            return painter.draw(plan)
        finally:
            idle.put(painter)

    try:
        for _ in range(processes):
            painters.append(_Painter())
            idle.put(painters[-1])
        yield lambda figure: threads.submit(draw, plan_of(figure)).result
    finally:
        for painter in painters:
            painter.kill()
        threads.shutdown(cancel_futures=True)
        for painter in painters:
            painter.close()


class _Painter:
    """A process that draws one figure after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- our own code, by this Python
            [sys.executable, "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Out of reach of the terminal's Ctrl-C, which is this process's to answer.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._questions = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        self._search_path: list[str] | None = sys.path

    def draw(self, plan: Plan) -> Picture:
        """Return the picture; raise what went wrong over there."""
        try:
            if self._search_path is not None:
                self._ask(self._search_path)
                self._search_path = None
            self._ask(plan)
            answer: Picture | Exception = pickle.load(self._answers)  # noqa: S301 -- ours
        except (EOFError, OSError) as error:
            code = self._process.wait()
            raise StatsError(
                f"a process that draws figures was ended from outside (exit code {code}; is the "
                "memory full?): make room, and run the same again"
            ) from error
        if isinstance(answer, Exception):
            raise answer
        return answer

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Close what leads to the process, once nobody waits for it."""
        with suppress(OSError):  # a question that nobody has read
            self._questions.close()
        self._answers.close()

    def _ask(self, question: object) -> None:
        pickle.dump(question, self._questions)
        self._questions.flush()
