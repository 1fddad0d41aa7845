"""Both commands in this process: how they end and what they print."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple, NoReturn

import pytest

from rd_cli.stats import app as stats
from rd_cli.train import app as train


class Done(NamedTuple):
    """How a command ended."""

    code: object
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a program's main function with these words."""

    def run(main: Callable[[], NoReturn], *words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["program", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        return Done(left.value.code or 0, *capsys.readouterr())

    return run


@pytest.fixture
def rdstats(run: Command) -> Command:
    """Run `rdstats` with these words."""
    return lambda *words: run(stats.main, *words)


@pytest.fixture
def rdtrain(run: Command) -> Command:
    """Run `rdtrain` with these words."""
    return lambda *words: run(train.main, *words)
