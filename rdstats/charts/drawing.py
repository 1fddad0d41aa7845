"""A process that draws one figure after the other."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from queue import SimpleQueue
from threading import Lock
from typing import IO, Final, cast

from data_contracts.cores import available_cores
from rdstats.charts.figure import Figure
from rdstats.charts.rendering import Picture, Plan, environment_for, needs_system_fonts, render
from rdstats.charts.saving import VEGA_LITE, plan_of
from rdstats.errors import StatsError

# Not multiprocessing: its processes would run the user's script again. `sys.path` as it is here.
_START: Final = (
    "import pickle, sys; sys.path[:], version = pickle.load(sys.stdin.buffer); "
    "from rdstats.charts.painter import paint; paint(version)"
)


def can_start() -> bool:
    """Say whether this process is Python, and not a program that has it inside."""
    return bool(sys.executable) and not getattr(sys, "frozen", False)


class PainterProcess:
    """A process that draws, with the system's fonts or without them; it starts at once.

    Should this process be killed, it ends itself.
    """

    def __init__(self, *, system_fonts: bool) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- our own code, by this Python
            [sys.executable, "-P", "-c", _START],  # -P: nothing of the working folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if sys.stderr is None else None,
            env=environment_for(os.environ, system_fonts=system_fonts),
            # Out of reach of the terminal's Ctrl-C, which is this process's to answer.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._questions = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        with suppress(OSError):  # told when it is asked to draw
            self._ask((sys.path, VEGA_LITE))

    def draw(self, plan: Plan) -> Picture:
        """Return the picture; raise what went wrong over there.

        Raises:
            StatsError: The process has ended, by itself or from outside.
        """
        try:
            self._ask(plan)
            answer: Picture | Exception = pickle.load(self._answers)  # noqa: S301 -- ours
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise self._ended(self._process.wait()) from error
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _ended(self, code: int) -> StatsError:
        if code < 0:  # by a signal
            return StatsError(
                f"a process that draws figures was ended from outside (exit code {code}; is the "
                "memory full?): make room, or draw in one process (on Linux: taskset -c 0 and the "
                "same command)"
            )
        return StatsError(
            f"a process that draws figures has ended by itself (exit code {code}): what it said "
            "stands above; please report it"
        )

    def kill(self) -> None:
        """End the process, whatever it is doing; who waits for a picture waits no longer."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Close what leads to the killed process, once nobody waits for it."""
        with suppress(OSError):  # a question that nobody has read
            self._questions.close()
        self._answers.close()

    def _ask(self, question: object) -> None:
        pickle.dump(question, self._questions)
        self._questions.flush()


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
