"""Runs that take turns: who goes when, what they share, and how they end."""

from __future__ import annotations

import os
import signal
import threading
from functools import partial

import pytest

from train_backend.turns import Stopped, Turns


def test_runs_go_one_after_another_until_they_meet() -> None:
    """Each up to the meeting, then on from there; the last to come goes on first."""
    turns, seen = Turns(3), list[str]()

    def work(me: int) -> None:
        seen.append(f"{me} comes")
        turns.meet(me, turns.everyone, None, lambda brought: brought)
        seen.append(f"{me} goes")

    turns.run([partial(work, me) for me in turns.everyone])
    assert seen == ["0 comes", "1 comes", "2 comes", "2 goes", "0 goes", "1 goes"]


def test_runs_that_never_meet_run_one_after_another() -> None:
    """No two of them are at work at once."""
    turns, at_work, most = Turns(4), 0, list[int]()

    def work(me: int) -> int:
        nonlocal at_work
        at_work += 1
        most.append(at_work)
        threading.Event().wait(0.001)  # long enough for another to begin, if it could
        at_work -= 1
        return me * me

    assert turns.run([partial(work, me) for me in turns.everyone]) == [0, 1, 4, 9]
    assert most == [1, 1, 1, 1]


def test_each_brings_its_own_and_takes_its_own_home() -> None:
    """A hundred meetings of all, and of two companies among themselves."""
    turns = Turns(4)

    def shares(brought: list[int]) -> list[int]:
        return [sum(brought) + each for each in brought]

    def work(me: int) -> list[int]:
        company = ((0, 2), (1, 3))[me % 2]
        found = []
        for _ in range(100):
            found += [turns.meet(me, turns.everyone, me, shares)]
            found += [turns.meet(me, company, me, shares)]
        return found

    # All bring 0 + 1 + 2 + 3 = 6; the companies 0 + 2 = 2 and 1 + 3 = 4.
    assert turns.run([partial(work, me) for me in turns.everyone]) == [
        [6, 2] * 100,
        [7, 5] * 100,
        [8, 4] * 100,
        [9, 7] * 100,
    ]


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_run_that_fails_ends_the_others_with_its_own_error(failing: int) -> None:
    """Wherever they wait; none of them goes on, and no thread is left."""
    turns, before, went_on = Turns(3), threading.active_count(), list[int]()

    def work(me: int) -> None:
        turns.meet(me, turns.everyone, None, lambda brought: brought)
        if me == failing:
            raise ValueError(f"run {me}")
        turns.meet(me, turns.everyone, None, lambda brought: brought)
        went_on.append(me)

    with pytest.raises(ValueError, match=f"run {failing}"):
        turns.run([partial(work, me) for me in turns.everyone])
    assert went_on == []
    assert threading.active_count() == before


def test_what_fails_where_they_meet_is_raised() -> None:
    """It is the error of all."""
    turns = Turns(2)

    def together(_: list[None]) -> list[None]:
        raise ValueError("together")

    with pytest.raises(ValueError, match="together"):
        turns.run([partial(turns.meet, me, turns.everyone, None, together) for me in (0, 1)])


def test_ctrl_c_ends_every_run() -> None:
    """Those that wait at once, the one at work where it next checks; no thread is left."""
    turns, before, stopped = Turns(2), threading.active_count(), list[bool]()
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs of a shell have none

    def works_on() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            while True:
                threading.Event().wait(0.001)
                turns.check()
        except Stopped:
            stopped.append(True)
            raise

    def waits() -> None:
        turns.meet(0, turns.everyone, None, lambda brought: brought)

    try:
        with pytest.raises(KeyboardInterrupt):
            turns.run([waits, works_on])
    finally:
        signal.signal(signal.SIGINT, handler)
    # Python 3.11 takes a thread for ended where Ctrl-C meets its `join`: it ends a moment later.
    patience = 10_000
    while threading.active_count() > before and (patience := patience - 1):
        threading.Event().wait(0.001)
    assert stopped == [True]
    assert threading.active_count() == before


def test_runs_that_wait_for_each_other_for_ever_are_an_error() -> None:
    """One has gone home while the other waits for it: a word, and no silence."""
    turns = Turns(2)

    def waits() -> None:
        turns.meet(0, turns.everyone, None, lambda brought: brought)

    with pytest.raises(RuntimeError, match=r"wait for others that never come: \[\(0, 1\)\]"):
        turns.run([waits, lambda: None])


def test_a_run_that_is_alone_stays_in_the_thread_that_asked() -> None:
    """A Ctrl-C reaches it at once."""
    assert Turns(1).run([threading.current_thread]) == [threading.current_thread()]
