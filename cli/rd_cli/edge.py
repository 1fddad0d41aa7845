"""How commands are declared, and how they end: exit codes, one line for whatever goes wrong."""

from __future__ import annotations

import codecs
import errno
import inspect
import logging
import os
import signal
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import is_dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

OWN_ERROR = 1
STOPPED = 130
TERMINATED = 143
READER_LEFT = 141
ROOMS = ("data_contracts", "rdstats")  # whose notes are shown


@contextmanager
def _terminated_as_by_ctrl_c() -> Iterator[None]:
    """Let SIGTERM, as of a scheduler or a container, end a command as Ctrl-C does."""
    is_free = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not is_free or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def stop(number: int, _: object) -> NoReturn:
        came.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except SystemExit as leaving:
        sys.exit(TERMINATED if came and leaving.code == STOPPED else leaving.code)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@_terminated_as_by_ctrl_c()
def run(app: typer.Typer, program: str, *, stopped: str = "stopped before it was done") -> NoReturn:
    """Run a typer app as the program of that name and leave with its exit code.

    Args:
        app: The typer app.
        program: Its name, as the user typed it; it opens every error line.
        stopped: What to say after Ctrl-C or SIGTERM (what is kept, how to go on).
    """
    code = 0
    _open_missing_streams()
    _print_what_the_terminal_cannot()
    command = typer.main.get_command(app)
    try:
        with _notes_on_stderr(program):
            # Not standalone: typer would print its own boxes and swallow Ctrl-C.
            code = command.main(prog_name=program, standalone_mode=False) or 0
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


def _print_what_the_terminal_cannot() -> None:
    """Let signs that a terminal or pipe has no code for (cp1252, ASCII) be seen in others.

    Ours become like ones, those of names are seen as Python writes them: `\u4e2d`.
    """
    codecs.register_error("rdstats", _in_other_signs)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):  # not a text stream of Python's own
            stream.reconfigure(errors="rdstats")  # type: ignore[union-attr]


_LIKE = {
    "─": "-",
    "−": "-",
    "–": "-",
    "…": "...",
    "·": "|",
    "×": "x",
    "→": "->",
    "≥": ">=",
    "’": "'",
}


def _in_other_signs(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeEncodeError) and (sign := error.object[error.start]) in _LIKE:
        return _LIKE[sign], error.start + 1
    return codecs.backslashreplace_errors(error)


def complain(program: str, text: str) -> None:
    """Print one line on stderr; a name out of a file can neither break it nor steer a terminal."""
    line = for_terminal(f"{program}: {text}".replace("\n", " "))
    print(line, file=sys.stderr)


@contextmanager
def _notes_on_stderr(program: str) -> Iterator[None]:
    """Print what the library notes while it reads, a line each."""
    notes = logging.Handler()
    notes.emit = lambda record: complain(  # type: ignore[method-assign]
        program, f"note: {record.getMessage()}"
    )
    loggers = list(map(logging.getLogger, ROOMS))
    for logger in loggers:
        logger.setLevel(logging.INFO)
        logger.addHandler(notes)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(notes)


def tell(error: Exception, program: str) -> int:
    """Print an error in one line and return its exit code; of a bug the trace goes to a file."""
    # Imported late: it is needed on the way out only, and --help must answer at once.
    from data_contracts.errors import RdstatsError

    code, told = OWN_ERROR, str(error)
    if isinstance(error, OSError):  # a full disk, a folder that is not ours to write
        where = f"{error.filename}: " if error.filename is not None else ""
        what_to_do = "choose another place, or make room; what was there before is unchanged"
        if error.errno in (errno.EMFILE, errno.ENFILE):
            what_to_do = "allow more open files, as with `ulimit -n 1024`"
        elif error.errno == errno.EISDIR:
            what_to_do = "give the name of a file"
        told = f"{where}{error.strerror or error}: {what_to_do}"
    # Misuse. Newer typers carry a copy of click of their own: its classes go by what they can do.
    elif hasattr(error, "format_message") and hasattr(error, "exit_code"):
        code = int(error.exit_code)
        if type(error).__name__ == "NoArgsIsHelpError":  # nothing typed at all: the help itself
            error.show()  # type: ignore[attr-defined]
            return code
        message = _misuse_in_words(error).rstrip(".")
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else program
        told = f"{message}{'' if message.endswith('?') else '.'} Try '{command} --help'"
    elif isinstance(error, MemoryError):
        told = "there is not enough memory: close other programs, or give it fewer files at once"
    elif not isinstance(error, RdstatsError):
        told = f"unexpected: {type(error).__name__}: {_short(str(error))}{_trace_of(error)}"
    complain(program, f"error: {told}")
    return code


def _short(text: str, most: int = 200) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _trace_of(error: Exception) -> str:
    """Write the trace of an error to a file, and return where it is, as the end of a sentence."""
    import tempfile
    import traceback

    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="rdstats-", suffix=".txt", delete=False, encoding="utf-8", errors="replace"
        ) as file:
            file.write("".join(traceback.format_exception(error)))
    except OSError:
        return "; this is a fault of ours, and its trace could not be written"
    return f"; this is a fault of ours: please report it with the trace in {file.name}"


_NUMBERS = {"float_parsing": "be a number, as 0.05", "int_parsing": "be a whole number"}


def _misuse_in_words(error: Exception) -> str:
    """Return what a usage error says, with the value that pydantic's message leaves out."""
    said = error.format_message().replace("\t", " ")  # type: ignore[attr-defined]
    said = " ".join(said.split())  # click puts each choice of a missing option on a line
    found = getattr(error.__cause__, "errors", None)
    if found is None:
        return said
    first = found()[0]
    if first["type"] == "value_error":  # a message of typer's or ours, which has the value
        return said.replace("Value error, ", "")
    must = _NUMBERS.get(first["type"], first["msg"].removeprefix("Input should "))
    return said.removesuffix(first["msg"]) + f"{first['input']!r} must {must}"


_LONGEST_WORD = 1000


def for_terminal(text: str) -> str:
    r"""Return text on one line that a terminal shows and never obeys.

    What moves the cursor, colours, rings or turns the direction of writing is seen as Python
    writes it: `\x1b`, `\n`, `\u202e`. So two names that differ in such characters alone look
    different. Other blanks than the usual one (no-break, ideographic) become that one. Of
    words longer than any path, such as numbers of thousands of digits, the ends are shown.
    """
    return " ".join(
        word if len(word) <= _LONGEST_WORD else f"{word[:100]}…{word[-100:]}"
        for word in _visible(text).split()
    )


def _visible(text: str) -> str:
    """Return a text with what is neither printed nor a blank as Python writes it."""
    return text if text.isprintable() else "".join(map(_seen, text))


def _seen(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode("ascii")


def show(line: str) -> None:
    """Print a line with a path, whole: a shell may read it; what steers a terminal is seen."""
    print(_visible(line), flush=True)


def new_app(epilog: str | None = None) -> typer.Typer:
    """Return an app without commands."""
    return typer.Typer(
        epilog=epilog,
        no_args_is_help=True,
        add_completion=True,
        rich_markup_mode=None,  # it takes [default: ...] and [study] for markup, and drops them
        pretty_exceptions_enable=False,
    )


def _tell_version(context: typer.Context, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"{context.command_path} {version('rdstats')}")
        raise typer.Exit


VersionOption = Annotated[
    bool,
    typer.Option(
        "--version", is_eager=True, callback=_tell_version, help="Print the version and leave."
    ),
]


def examples(lines: Sequence[str]) -> str:
    """Return command lines for the end of a help text; the mark keeps click from joining them."""
    title = "Example:" if len(lines) == 1 else "Examples:"
    return "\b\n" + "\n".join((title, *(f"  {line}" for line in lines)))


def add_command(app: typer.Typer, command: Callable[..., None]) -> None:
    """Add a command by its name; what its docstring has after `Examples:` ends its help."""
    about, _, lines = (inspect.getdoc(command) or "").partition("\n\nExamples:\n")
    epilog = examples([line.strip() for line in lines.splitlines()])
    app.command(command.__name__.rstrip("_"), help=about, epilog=epilog)(grouped(command))


def _files_among(given: Mapping[str, object]) -> set[tuple[int, int]]:
    """Return the files among the values of a command's options, by device and number.

    What is told to be written is none of them: `--out` and `--page`.
    """
    found = set()
    for name, value in given.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str | Path) and name not in ("out", "page"):
                with suppress(OSError, ValueError):  # no file of that name
                    status = Path(each).stat()
                    found.add((status.st_dev, status.st_ino))
    return found


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command for typer: a parameter that is a dataclass stands for its fields' options.

    Options that several commands share are so declared once, and arrive as one value.
    """
    options: list[inspect.Parameter] = []
    groups: dict[str, tuple[type, list[str]]] = {}
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        group = parameter.annotation
        if is_dataclass(group) and isinstance(group, type):
            fields = inspect.signature(group, eval_str=True).parameters
            groups[parameter.name] = group, list(fields)
            options += fields.values()
        else:
            options.append(parameter)

    def run(**given: Any) -> None:
        from data_contracts.sources import INPUTS  # late: --help needs no pyarrow

        if given.get("json") and given.get("quiet"):
            raise typer.BadParameter("give --json or --quiet, not both")
        if given.get("quiet"):
            for room in ROOMS:
                logging.getLogger(room).setLevel(logging.WARNING)
        read = INPUTS.set(_files_among(given))
        try:
            for name, (group, fields) in groups.items():
                given[name] = group(**{field: given.pop(field) for field in fields})
            command(**given)
        finally:
            INPUTS.reset(read)

    run.__doc__ = command.__doc__
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what typer reads
        [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in options]
    )
    return run
