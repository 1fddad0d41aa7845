"""Where a recall table came from: the one JSON value in its file's metadata."""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib import metadata
from typing import Any

from data_contracts.errors import ContractError
from data_contracts.schema import VERSION


def own_release() -> str:
    """Return the release of rdstats that runs."""
    try:
        return metadata.version("rdstats")
    except metadata.PackageNotFoundError:  # run from a source folder that was never installed
        return "(not installed)"


JsonValue = str | int | float | bool | None | Sequence[Any] | Mapping[str, Any]
"""What JSON can hold; what lies inside lists and objects is checked when it is written."""


@dataclass(frozen=True)
class Provenance:
    """Who wrote a recall table, from what and with what. Only `version` has to be known.

    Example:
        >>> from data_contracts import Provenance
        >>> Provenance(producer="my loop", notes=("trained on Tuesday",)).known()["notes"]
        ('trained on Tuesday',)
    """

    version: str = VERSION  # of the recall table, major.minor; a written file always has ours
    producer: str | None = None  # program and version that wrote the file
    created: str | None = None  # ISO 8601; left out, so that a study gives the same bytes
    study: JsonValue = None  # its name, or its resolved settings
    seed_policy: str | None = None  # how seeds follow from study and model
    code_version: str | None = None  # commit or release of what produced the counts
    device: str | None = None  # what the models ran on
    library_versions: Mapping[str, str] = field(default_factory=dict)
    importer: Mapping[str, JsonValue] = field(default_factory=dict)  # its name and options
    source_hashes: Mapping[str, str] = field(default_factory=dict)  # of files counts are from
    notes: tuple[str, ...] = ()

    def known(self) -> dict[str, Any]:
        """Return what is known, by field, in their order."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value not in (None, {}, ())}

    def to_json(self) -> bytes:
        """Return the value as JSON with sorted keys; what is not known is left out.

        Raises:
            ContractError: A value has no JSON form (NaN, or an object of another kind).
        """
        try:
            text = json.dumps(self.known(), sort_keys=True, allow_nan=False, ensure_ascii=False)
            return text.encode()
        except (TypeError, ValueError) as error:
            raise ContractError(
                f"the provenance cannot be written as JSON ({error}): use text, numbers, lists "
                "and dicts of them"
            ) from error

    @classmethod
    def from_json(cls, value: bytes, source: str) -> Provenance:
        """Return what a file says of itself; keys that this version does not know are ignored.

        Raises:
            ContractError: It is no JSON object, its version is missing or not 1.x, or a key holds
                another kind of value than above.
        """
        from pydantic import TypeAdapter, ValidationError  # late: it takes a tenth of a second

        check_version(metadata_object(value, source), source)
        try:
            return TypeAdapter(cls).validate_json(value, strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            if not place:
                raise ContractError(
                    f"{source}: the metadata under 'rdstats' cannot be read ({first['msg']}): "
                    "write the file again"
                ) from error
            raise ContractError(
                f"{source}: the metadata's {place!r} is {reprlib.repr(first['input'])}, another "
                "kind of value than the recall table has there (docs/recall-table.md): write the "
                "file again"
            ) from error


def check_version(about: Mapping[str, Any], source: str) -> None:
    """Refuse metadata whose version this release cannot read; any 1.x is read.

    Raises:
        ContractError: Its version is missing or not 1.x.
    """
    version = about.get("version")
    ours = VERSION.split(".")[0]
    if not isinstance(version, str) or not re.fullmatch(r"[0-9]+\.[0-9]+", version):
        raise ContractError(
            f"{source}: the metadata under 'rdstats' has version {version!r}, which should read "
            f"like {VERSION!r}: write the file again"
        )
    if version.split(".")[0] != ours:
        newer = int(version.split(".")[0]) > int(ours)
        raise ContractError(
            f"{source} was written for recall table {version}; this rdstats reads {ours}.x; "
            + ("upgrade rdstats" if newer else "write it again with the release that made it")
        )


def metadata_object(value: bytes, source: str) -> dict[str, Any]:
    """Return the metadata under the key `rdstats` as a dictionary.

    Raises:
        ContractError: It is no JSON object.
    """
    try:
        found = json.loads(value)
        json.dumps(found, ensure_ascii=False).encode()  # half a character is none in any file
    except (ValueError, RecursionError) as error:
        raise ContractError(
            f"{source}: the metadata under 'rdstats' is not JSON ({error}): write the file again"
        ) from error
    if not isinstance(found, dict):
        raise ContractError(
            f"{source}: the metadata under 'rdstats' is no JSON object: write the file again"
        )
    return found
