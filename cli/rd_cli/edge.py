"""`--version`, which both commands know."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NoReturn

import typer

VersionOption = Annotated[
    bool, typer.Option("--version", is_eager=True, help="Print the version and leave.")
]


def leave_with_version(program: str) -> None:
    """Print the version of the distribution under the program's name, and leave with 0."""
    from importlib.metadata import version

    typer.echo(f"{program} {version('rdstats')}")
    raise typer.Exit


Finding = Mapping[str, Any]
"""One error of pydantic's list: `type`, `input`, `msg`, and `ctx` with what was asked for."""

FINDINGS: Mapping[str, Callable[[Finding], str]] = {
    "value_error": lambda found: str(found["ctx"]["error"]),
    "float_parsing": lambda found: f"{found['input']!r} is no number",
    "int_parsing": lambda found: f"{found['input']!r} is no whole number",
    "int_from_float": lambda found: f"{found['input']!r} is no whole number",
    "finite_number": lambda found: f"{found['input']!r} is no finite number",
    "greater_than_equal": lambda found: f"{found['input']} is below {found['ctx']['ge']}",
    "less_than_equal": lambda found: f"{found['input']} is above {found['ctx']['le']}",
}


def misuse_in_words(error: Exception) -> str:
    """Return what a typer error says, as the beginning of a sentence.

    Args:
        error: Any usage error of typer or click.
    """
    said: str = error.format_message()  # type: ignore[attr-defined]
    found = getattr(error.__cause__, "errors", None)
    if found is not None and hasattr(error, "message"):
        return said.removesuffix(error.message) + _in_words(found()[0])
    return said


def _in_words(found: Finding) -> str:
    known = FINDINGS.get(found["type"])
    return known(found) if known else f"{found['input']!r}: {found['msg']}"


OWN_ERROR = 1
STOPPED = 130
READER_LEFT = 141


def run(app: typer.Typer, program: str, *, stopped: str = "stopped before it was done") -> NoReturn:
    """Run a typer app as the program of that name and leave with its exit code.

    Args:
        app: The typer app.
        program: Its name, as the user typed it; it opens every error line.
        stopped: What to say after Ctrl-C (what is kept, how to go on).
    """
    code = 0
    _open_missing_streams()
    try:
        # Not standalone: typer would print its own boxes and swallow Ctrl-C.
        code = typer.main.get_command(app).main(prog_name=program, standalone_mode=False) or 0
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    except BrokenPipeError:
        # Python flushes stdout once more on its way out; give it somewhere to flush to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(READER_LEFT)
    except SystemExit as leaving:  # typer's own answer to a broken pipe is to leave with 1
        sys.exit(READER_LEFT if leaving.code == 1 else leaving.code)
    except Exception as error:
        code = tell(error, program)
    if code == STOPPED:
        complain(program, stopped)
    sys.exit(code)


def _open_missing_streams() -> None:
    """Let what is printed to a stream that was closed before we began (`>&-`) go nowhere.

    Otherwise the next file to be opened would take the stream's number, here or in a process
    that we start.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            os.set_inheritable(nowhere, True)
            setattr(sys, name, os.fdopen(nowhere, mode))


def complain(program: str, text: str) -> None:
    """Print one line on stderr; a name out of a file can neither break it nor steer a terminal."""
    from rdstats.output.escaping import for_terminal

    line = for_terminal(f"{program}: {text}".replace("\n", " "))
    print(line, file=sys.stderr)


def tell(error: Exception, program: str) -> int:
    """Print an error that is the user's to mend and return its exit code; raise any other."""
    # Imported late: it is needed on the way out only, and --help must answer at once.
    from data_contracts.errors import RdstatsError

    if isinstance(error, RdstatsError):
        complain(program, f"error: {error}")
        return OWN_ERROR
    if isinstance(error, OSError):  # a full disk, a folder that is not ours to write
        where = f"{error.filename}: " if error.filename is not None else ""
        what_to_do = "choose another place, or make room; what was there before is unchanged"
        complain(program, f"error: {where}{error.strerror or error}: {what_to_do}")
        return OWN_ERROR
    # Misuse. Newer typers carry a copy of click of their own: its classes go by what they can do.
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        return _tell_misuse(error, program)
    raise error


def _tell_misuse(error: Exception, program: str) -> int:
    """Print what is wrong with the command line and where its help is."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":  # nothing typed at all: the help itself
        error.show()  # type: ignore[attr-defined]
    else:
        message = misuse_in_words(error).rstrip(".")
        stop = "" if message.endswith("?") else "."
        command = context.command_path if context is not None else program
        complain(program, f"error: {message}{stop} Try '{command} --help'")
    return int(error.exit_code)  # type: ignore[attr-defined]
