"""Runs that take turns: each in a thread of its own, one at work at a time, until they meet.

So a loop written for one model runs for several, and what they have in common is computed where
they meet. One at a time: nothing that they share needs a lock, and no core is given two of them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

Company = tuple[int, ...]
"""Numbers of runs that meet, ascending."""


class Stopped(Exception):  # noqa: N818 (no error: that of another run is told)
    """Ends a run because another has failed; it never leaves this module's threads."""


class Turns:
    """Some runs, numbered from 0, of which one is at work.

    Who is next does not depend on the machine: who has waited longest, and of those who were let
    go together the lowest number.
    """

    def __init__(self, runs: int) -> None:
        self.everyone: Company = tuple(range(runs))
        self._may_go = [threading.Semaphore(0) for _ in self.everyone]
        self._ready = deque(self.everyone)
        self._brought: dict[Company, dict[int, Any]] = {}
        self._taken_home: dict[int, Any] = {}
        self._results: dict[int, Any] = {}
        self._failure: BaseException | None = None

    def run(self, works: Sequence[Callable[[], T]]) -> list[T]:
        """Return what each run returns; call it once. A run that is alone needs no thread.

        Raises:
            BaseException: What the first run to fail has raised, or what interrupts this thread,
                such as Ctrl-C. The other runs end where they next meet or `check`.
        """
        if len(works) == 1:
            return [works[0]()]
        threads = [
            threading.Thread(target=self._run, args=(me, work), daemon=True)
            for me, work in enumerate(works)
        ]
        for thread in threads:
            thread.start()
        try:
            self._pass_on()
            for thread in threads:
                thread.join()
        except BaseException as interrupt:
            self._stop(interrupt)
            raise
        finally:
            for thread in threads:
                thread.join()
        if self._failure is not None:
            raise self._failure
        return [self._results[me] for me in self.everyone]

    def meet(
        self, me: int, company: Company, brought: T, together: Callable[[list[T]], list[Any]]
    ) -> Any:
        """Return this run's share of what is computed once all of a company are here.

        Args:
            me: The number of the run that calls.
            company: Who meets; each of them calls with the same company.
            brought: What this run brings.
            together: Takes what all have brought and returns something for each, in the order of
                the company. The last to come calls its own.

        Raises:
            Stopped: Another run has failed.
        """
        self.check()
        here = self._brought.setdefault(company, {})
        here[me] = brought
        if len(here) < len(company):
            self._pass_on()
            self._may_go[me].acquire()
            self.check()
            return self._taken_home.pop(me)
        del self._brought[company]
        shares = together([here[each] for each in company])
        self._taken_home.update(zip(company, shares, strict=True))
        self._ready.extend(each for each in company if each != me)
        return self._taken_home.pop(me)

    def check(self) -> None:
        """Raise Stopped if another run has failed."""
        if self._failure is not None:
            raise Stopped

    def _run(self, me: int, work: Callable[[], Any]) -> None:
        self._may_go[me].acquire()
        try:
            self.check()
            self._results[me] = work()
            self._pass_on()
        except Stopped:
            pass
        except BaseException as failure:  # raised again by `run`
            self._stop(failure)

    def _pass_on(self) -> None:
        """Let the next run go on."""
        if self._ready:
            self._may_go[self._ready.popleft()].release()
        elif self._brought:
            raise RuntimeError(
                f"runs wait for others that never come: {sorted(self._brought)} do not all meet"
            )

    def _stop(self, failure: BaseException) -> None:
        """Let all who wait see that a run has failed."""
        self._failure = self._failure or failure
        for may_go in self._may_go:
            may_go.release()
