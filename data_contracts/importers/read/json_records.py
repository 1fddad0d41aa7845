"""The rows of JSON files, in the shapes that pandas, W&B and trainers give them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from data_contracts.errors import ContractError

Cells = dict[str, str]


def parsed_json(text: str, source: str) -> Any:
    """Return JSON, or a list of the lines of JSON Lines; numbers stay text, as printed.

    NaN is text too: a log may hold it where nobody looks.

    Raises:
        ContractError: It is neither, or an object has a key twice.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        return _parsed(text, source)
    except (json.JSONDecodeError, RecursionError) as error:
        try:
            if len(lines) > 1:
                return [_parsed(line, source) for line in lines]
        except (json.JSONDecodeError, RecursionError):
            pass
        where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        why = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        raise ContractError(f"{source}{where}: no JSON ({why}): is the file cut off?") from error


def cells_of_json(
    value: Any, source: str, columns: Collection[str] = ()
) -> Iterator[tuple[str, Cells]]:
    """Yield the place and the cells of each row, text by column.

    Shapes: a list of objects (pandas `records`, JSON Lines); `{"columns": [...], "data": [...]}`
    (pandas `split`, a W&B table); `{"schema": ..., "data": [...]}` (pandas `table`);
    `{"log_history": [...]}` (Hugging Face); an object of lists of one length; an object of
    objects, by column or by row, whichever way one of `columns` is a column (a row's name is then
    the column `index`); any other object is one row. Nested objects become columns like `a.b`.

    Args:
        value: What `parsed_json` returned.
        source: What an error calls the file.
        columns: Names that columns may have.

    Raises:
        ContractError: It has none of these shapes, or a row has another length than the columns.
    """
    if isinstance(value, dict) and isinstance(value.get("log_history"), list):
        value = value["log_history"]
    elif isinstance(value, dict) and isinstance(value.get("data"), list):
        if isinstance(value.get("columns"), list):
            yield from _split(value["columns"], value["data"], source)
            return
        value = value["data"]
    if isinstance(value, list):
        for row, each in enumerate(value, start=1):
            if not isinstance(each, dict):
                raise ContractError(
                    f"{source}, row {row}: it is {_shown(each)}, but a row is an object with a "
                    "value per column"
                )
            yield f"row {row}", dict(_flat(each))
    elif isinstance(value, dict):
        yield from _object(value, source, columns)
    else:
        raise ContractError(f"{source} holds {_shown(value)}, but a table is a list or an object")


def _object(
    value: Mapping[str, Any], source: str, columns: Collection[str]
) -> Iterator[tuple[str, Cells]]:
    parts = list(value.values())
    if parts and all(isinstance(part, list) for part in parts):
        if len({len(part) for part in parts}) > 1:
            raise ContractError(f"{source}: its columns have different lengths")
        yield from _split(list(value), list(zip(*parts, strict=True)), source)
    elif parts and all(isinstance(part, dict) for part in parts):
        if set(value) & set(columns):
            rows = dict.fromkeys(name for part in parts for name in part)
            for name in rows:
                cells = {column: part.get(name) for column, part in value.items()}
                yield f"row {name!r}", {"index": name, **dict(_flat(cells))}
        elif any(set(part) & set(columns) for part in parts):
            for name, part in value.items():
                yield f"row {name!r}", {"index": name, **dict(_flat(part))}
        else:
            yield "row 1", dict(_flat(value))
    else:
        yield "row 1", dict(_flat(value))


def _split(names: Sequence[Any], data: Sequence[Any], source: str) -> Iterator[tuple[str, Cells]]:
    header = [_text(name) for name in names]
    if len(set(header)) < len(header):
        raise ContractError(f"{source}: two columns have one name: give each its name")
    for row, each in enumerate(data, start=1):
        if not isinstance(each, list | tuple) or len(each) != len(header):
            raise ContractError(
                f"{source}, row {row}: it is {_shown(each)}, but there are {len(header)} columns"
            )
        yield f"row {row}", dict(_flat(dict(zip(header, each, strict=True))))


def _flat(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(inner, f"{before}{name}.")
        else:
            yield f"{before}{name}", _text(inner)


def _text(value: Any) -> str:
    """Return a JSON value as text; null is nothing."""
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _parsed(text: str, source: str) -> Any:
    def checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        often = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
        if often:
            raise ContractError(f"{source}: an object has the key {often[0]!r} twice: keep one")
        return dict(pairs)

    return json.loads(
        text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=checked
    )
