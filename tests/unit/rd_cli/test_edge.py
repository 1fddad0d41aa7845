"""The edge of the commands: own errors in one line, misuse, Ctrl-C, and bugs that stay bugs."""

import sys
from typing import Annotated

import pytest
import typer

from data_contracts.errors import RdstatsError
from rd_cli import edge


def leave(monkeypatch: pytest.MonkeyPatch, error: BaseException | None, *words: str) -> object:
    """Run an app whose one command raises `error`; return the exit code."""
    app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)

    @app.command()
    def work(count: Annotated[int, typer.Option(min=1, max=9)] = 1) -> None:
        print(f"counted {count}")
        if error is not None:
            raise error

    monkeypatch.setattr(sys, "argv", ["program", *words])
    with pytest.raises(SystemExit) as left:
        edge.run(app, "program", stopped="stopped; finished parts are kept")
    return left.value.code


def test_success_is_zero(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says nothing on stderr."""
    assert leave(monkeypatch, None, "--count", "3") == 0
    assert capsys.readouterr() == ("counted 3\n", "")


def test_an_own_error_is_one_line_and_exit_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Line breaks and control characters of names cannot break it."""
    assert leave(monkeypatch, RdstatsError("no method 'a\nb\x1b[31m'; known: MP")) == 1
    assert capsys.readouterr().err == ("program: error: no method 'a b\\x1b[31m'; known: MP\n")


def test_an_error_of_the_machine_is_one_line_and_exit_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk is no bug of ours."""
    assert leave(monkeypatch, OSError(28, "No space left on device", "out.csv")) == 1
    assert capsys.readouterr().err == (
        "program: error: out.csv: No space left on device: choose another place, or make room; "
        "what was there before is unchanged\n"
    )


@pytest.mark.parametrize("words", [["--nope"], ["--count", "three"], ["more"]])
def test_misuse_is_exit_2_and_names_the_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """In one line as well."""
    assert leave(monkeypatch, None, *words) == 2
    error = capsys.readouterr().err
    assert error.startswith("program: error: ")
    assert error.endswith("Try 'program --help'\n")
    assert error.count("\n") == 1


@pytest.mark.parametrize("value", ["three", "1.5", "0", "10"])
def test_a_wrong_number_is_told_with_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    """Pydantic's own message, which typer prints alone, leaves it out."""
    assert leave(monkeypatch, None, "--count", value) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"program: error: Invalid value for '--count': {value!r}: ")


def test_ctrl_c_is_exit_130_and_says_what_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback."""
    assert leave(monkeypatch, KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == "program: stopped; finished parts are kept\n"


def test_a_command_may_choose_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `validate` does for a broken table."""
    assert leave(monkeypatch, typer.Exit(1)) == 1
    assert leave(monkeypatch, typer.Exit(3)) == 3


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is reported, not hidden."""
    with pytest.raises(ZeroDivisionError):
        leave(monkeypatch, ZeroDivisionError("division by zero"))
