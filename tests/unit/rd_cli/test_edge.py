"""The edge of the commands: own errors in one line, misuse, Ctrl-C, and bugs that stay bugs."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.errors import RdstatsError
from rd_cli import edge

Leave = Callable[..., Any]


@pytest.fixture
def leave(run: Callable[..., Any]) -> Leave:
    """Run an app whose one command raises an error; return how it ended."""

    def leave(error: BaseException | None, *words: str) -> Any:
        app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)

        @app.command()
        def work(count: Annotated[int, typer.Option(min=1, max=9)] = 1) -> None:
            print(f"counted {count}")
            if error is not None:
                raise error

        return run(lambda: edge.run(app, "program", stopped="stopped; parts are kept"), *words)

    return leave


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            RdstatsError("no method 'a\nb\x1b[31m'; known: MP"),
            "no method 'a b\\x1b[31m'; known: MP",
        ),
        (
            OSError(28, "No space left on device", "out.csv"),
            "out.csv: No space left on device: choose another place, or make room; what was "
            "there before is unchanged",
        ),
    ],
    ids=["own", "of the machine"],
)
def test_an_error_is_one_line_and_exit_1(leave: Leave, error: Exception, told: str) -> None:
    """Line breaks and control characters of names cannot break it; a full disk is no bug."""
    assert leave(error) == (1, "counted 1\n", f"program: error: {told}\n")


@pytest.mark.parametrize("words", [["--nope"], ["--count", "three"], ["more"]])
def test_misuse_is_exit_2_and_names_the_help(leave: Leave, words: list[str]) -> None:
    """In one line as well."""
    done = leave(None, *words)
    assert done.code == 2
    assert done.err.startswith("program: error: ")
    assert done.err.endswith("Try 'program --help'\n")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("value", ["three", "1.5", "0", "10"])
def test_a_wrong_number_is_told_with_its_value(leave: Leave, value: str) -> None:
    """Pydantic's own message, which newer typers print alone, leaves it out."""
    told = leave(None, "--count", value).err
    assert told.startswith("program: error: Invalid value for '--count': ")
    assert value in told


def test_success_is_zero_and_ctrl_c_is_130_and_says_what_is_kept(leave: Leave) -> None:
    """No traceback."""
    assert leave(None, "--count", "3") == (0, "counted 3\n", "")
    assert leave(KeyboardInterrupt())[::2] == (130, "program: stopped; parts are kept\n")


def test_sigterm_ends_as_ctrl_c_does_with_the_exit_code_of_its_own(run: Callable[..., Any]) -> None:
    """As of a scheduler or a container; afterwards the signal is nobody's again."""
    app = typer.Typer()
    app.command()(lambda: signal.raise_signal(signal.SIGTERM))
    done = run(lambda: edge.run(app, "program", stopped="stopped; parts are kept"))
    assert done == (143, "", "program: stopped; parts are kept\n")
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_bug_is_one_line_too_and_its_trace_is_in_a_file(
    leave: Leave, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it can be reported; memory that is short is no bug."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, _, told = leave(ZeroDivisionError("division by zero"))
    (trace,) = tmp_path.iterdir()
    assert code == 1
    assert told.startswith("program: error: unexpected: ZeroDivisionError: division by zero; ")
    assert told.endswith(f"with the trace in {trace}\n")
    assert "Traceback" in trace.read_text()
    assert "not enough memory" in leave(MemoryError())[2]
    assert "ulimit -n" in leave(OSError(24, "Too many open files"))[2]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines", r"two\nlines"),
        ("bell\x07 and \x1b[31mred", r"bell\x07 and \x1b[31mred"),
        ("\x7f\x9b2J", r"\x7f\x9b2J"),  # delete, and the escape sequence of eight bits
        ("a\u202etac", r"a\u202etac"),  # would be read from right to left
        ("\udcff", r"\udcff"),  # a byte that was no text: printing it would raise
        ("  padded\u00a0name\u3000", "padded name"),
        ("café 模型 [bold]", "café 模型 [bold]"),
    ],
)
def test_a_terminal_shows_control_characters_and_obeys_none(text: str, shown: str) -> None:
    """They are seen as Python writes them; blanks of any kind are one blank."""
    assert edge.for_terminal(text) == shown


@given(st.text())
def test_whatever_reaches_a_terminal_can_be_printed(text: str) -> None:
    """On one line, and the same when it is shown again."""
    shown = edge.for_terminal(text)
    assert shown.isprintable()
    assert edge.for_terminal(shown) == shown


DIGITS = "1" * 5000
TABLE = b"class,n_samples,n_correct\na,50,30\n"
IMPORT = ("import", "table", "t.csv", "--study", "s", "--dataset", "d", "--out", "r.parquet")
MANIFEST = (*IMPORT, "--manifest", "m.toml")
NO_TEXT = np.array([0x61, 0xD800], dtype=np.uint32).view("<U1")


def _npz() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, y_true=NO_TEXT, y_pred=NO_TEXT)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("words", "files", "told"),
    [
        (IMPORT, {"t.csv": TABLE + f"b,{DIGITS},3\n".encode()}, "is no number"),
        (MANIFEST, {"m.toml": f'["t.csv"]\nratio = {DIGITS}'.encode()}, "5000 digits"),
        (MANIFEST, {"m.toml": f'["t.csv"]\nparameters = {2**63}'.encode()}, "2**63 or more"),
        (MANIFEST, {"m.toml": b'["a\\u0000.csv"]\nratio = 1'}, "null byte"),
        (MANIFEST, {"m.toml": b"a = " + b"[" * 5000 + b"]" * 5000}, "recursion"),
        (("check", "a.npz", "a.npz"), {"a.npz": _npz()}, "0xd800, which is no character"),
        (("check", DIGITS, DIGITS), {}, "File name too long"),
        (("slopes", DIGITS), {}, "1…1"),
        (("rdtrain", "plan", "s.toml"), {"s.toml": b'weights = "\\u0000.pt"'}, "weights"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_absurd_files_end_in_one_short_line(
    rdstats: Callable[..., Any],
    rdtrain: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    files: dict[str, bytes],
    told: str,
) -> None:
    """Exit code 1, and 4 of the gate; a number of 5,000 digits is not printed whole."""
    monkeypatch.chdir(tmp_path)
    study = b'[study]\ndataset = "digits"\narchitecture = "LeNet5"\nmodels = 1\n'
    for name, content in {"t.csv": TABLE, **files}.items():
        Path(name).write_bytes(study + content if name == "s.toml" else content)
    gated = [*words, "--gate"] if words[0] == "check" else list(words)
    done = rdtrain(*words[1:]) if words[0] == "rdtrain" else rdstats(*gated)
    assert done.code == (4 if words[0] == "check" else 1)
    assert told in done.err
    assert "unexpected" not in done.err
    assert done.err.count("\n") == 1
    assert len(done.err) < 1200


def test_an_output_of_an_odd_name_is_shown_and_not_obeyed(
    rdstats: Callable[..., Any], tmp_path: Path
) -> None:
    """Whole, as far as it can be printed: a shell may read it."""
    table = tmp_path / "a  [red]\x1b[31m.csv"
    table.write_bytes(TABLE)
    about = [
        "--study",
        "s",
        "--dataset",
        "d",
        "--architecture",
        "a",
        "--model",
        "m",
        "--ratio",
        "1",
    ]
    out = tmp_path / "b  \x1b[31m.parquet"
    done = rdstats("import", "table", table, *about, "--out", out)
    assert done.code == 0
    assert done.out.startswith(f"{tmp_path}/b  \\x1b[31m.parquet: 1 rows")
    assert "\x1b" not in done.out + done.err


@pytest.mark.parametrize(
    ("limit", "told"), [("-n 10", "ulimit -n 1024"), ("-v 8000000", "64 GiB of addresses")]
)
def test_limits_of_the_system_end_in_one_line(tmp_path: Path, limit: str, told: str) -> None:
    """The library that draws would print a trace of its own, or end the process."""
    (tmp_path / "p.csv").write_text("y_true,y_pred\n" + "a,a\nb,b\n" * 60)
    program = [sys.executable, "-m", "rd_cli.stats.app", "check", "p.csv", "p.csv"]
    limited = ["bash", "-c", f'ulimit {limit} && exec "$@"', "bash", *program, "--page", "p.html"]
    no_script = {**os.environ, "HOME": str(tmp_path)}  # an earlier command kept it
    done = subprocess.run(
        limited, cwd=tmp_path, env=no_script, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_terminal_of_few_signs_gets_like_ones(tmp_path: Path) -> None:
    """An ASCII pipe never ends a command: rules are hyphens, other letters are seen as codes."""
    (tmp_path / "p.csv").write_text("y_true,y_pred\n" + "中,中\nb,b\n" * 60, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "rd_cli.stats.app", "check", "p.csv", "p.csv", "--gate"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        check=True,
    )
    text = done.stdout.decode("ascii")
    assert "\n----" in text
    assert r"\u4e2d" in text
