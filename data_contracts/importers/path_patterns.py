"""What a path says of the model it counts: `{method}/{model}-{ratio}.csv`."""

from __future__ import annotations

import re
from pathlib import Path

from data_contracts.errors import ContractError
from data_contracts.importers.described import Described
from data_contracts.importers.prediction_roles import DESCRIBED_COLUMNS

_FIELD = re.compile(r"\{([^{}]*)\}")


class PathPattern:
    """A pattern for the ends of paths.

    `{field}` stands for text without a slash, as short as fits; `{ratio}` for a number; `*` for
    any text without a slash; everything else for itself. Slashes divide folders.
    """

    def __init__(self, pattern: str) -> None:
        """Read a pattern.

        Raises:
            ContractError: It has no field, an unknown one, or one twice.
        """
        self.pattern = pattern
        fields = _FIELD.findall(pattern)
        if not fields:
            raise ContractError(
                f"the pattern {pattern!r} names no field: write e.g. '{{method}}/{{model}}.csv'"
            )
        for name in fields:
            if name not in DESCRIBED_COLUMNS:
                known = ", ".join(DESCRIBED_COLUMNS)
                raise ContractError(
                    f"the pattern {pattern!r} has a field {name!r}; fields are {known}"
                )
            if fields.count(name) > 1:
                raise ContractError(f"the pattern {pattern!r} has the field {name!r} twice")
        parts = re.split(r"(\{[^{}]*\}|\*)", pattern.replace("\\", "/"))
        self._regex = re.compile(rf"(?:.*/)?{''.join(map(_regex_of, parts))}")

    def read(self, path: Path) -> Described:
        """Return what a path says.

        Raises:
            ContractError: The path does not fit the pattern, or a field cannot hold its text.
        """
        found = self._regex.fullmatch(path.absolute().as_posix())
        if found is None:
            raise ContractError(
                f"{path} does not fit the pattern {self.pattern!r}: correct the pattern, or name "
                "only files that fit it"
            )
        return Described.from_text(found.groupdict(), f"{path} by the pattern")


def _regex_of(part: str) -> str:
    if part == "*":
        return "[^/]*"
    field = _FIELD.fullmatch(part)
    if field is None:
        return re.escape(part)
    return rf"(?P<{field[1]}>\d+(?:\.\d+)?)" if field[1] == "ratio" else rf"(?P<{field[1]}>[^/]+?)"
