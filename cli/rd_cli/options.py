"""How the commands of `rdstats` and `rdtrain` are declared."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import is_dataclass
from typing import Annotated, Any

import typer


def new_app(epilog: str | None = None) -> typer.Typer:
    """Return an app without commands."""
    return typer.Typer(
        epilog=epilog,
        no_args_is_help=True,
        add_completion=False,
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
        for name, (group, fields) in groups.items():
            given[name] = group(**{field: given.pop(field) for field in fields})
        command(**given)

    run.__doc__ = command.__doc__
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what typer reads
        [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in options]
    )
    return run
