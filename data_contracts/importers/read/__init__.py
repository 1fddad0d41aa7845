"""What a file holds, whatever it is about: text, records, arrays, pieces of predictions."""

from __future__ import annotations

from pathlib import Path

from data_contracts.errors import ContractError


def unreadable(path: Path, error: Exception) -> ContractError:
    """Return the error of a file that the system or its library cannot read."""
    reason = getattr(error, "strerror", None) or error
    return ContractError(f"{path} cannot be read ({reason}): check the path and the file")
