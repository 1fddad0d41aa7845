"""A process that draws one figure after the other."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from contextlib import suppress
from typing import IO, Final, cast

from rdstats.charts.fonts import environment_for
from rdstats.charts.rendering import Picture, Plan
from rdstats.charts.saving import VEGA_LITE
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
