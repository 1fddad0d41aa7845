"""From files of other programs to one recall table, with where it came from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from data_contracts.errors import ContractError
from data_contracts.importers.described import UNPRUNED, Described, ImportOptions
from data_contracts.importers.evaluated import Answers, Evaluated, Samples
from data_contracts.importers.formats.registry import importer_of
from data_contracts.importers.manifest import path_pattern, read_manifest
from data_contracts.importers.pairing import paired_with_baselines
from data_contracts.importers.read.containers import unreadable
from data_contracts.importers.recall_table import recall_table_of
from data_contracts.provenance import JsonValue, Provenance, own_release
from data_contracts.schema import METADATA_KEY
from data_contracts.sources import find_files, is_uri

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Imported:
    """What an import found; notes on what was left out are in the provenance."""

    table: pa.Table
    provenance: Provenance
    models: list[Evaluated]


def import_files(
    format_name: str,
    sources: Sequence[str | Path],
    *,
    options: ImportOptions | None = None,
    manifest: str | Path | None = None,
    pattern: str | None = None,
    baseline: Sequence[str | Path] = (),
) -> pa.Table:
    r"""Return the recall table of files that another program wrote.

    Args:
        format_name: A name in `IMPORTERS`.
        sources: Files, folders (the files of the format below them) or globs.
        options: What the caller says; by default nothing.
        manifest: A TOML or csv file that says which model each file is of.
        pattern: What paths say, e.g. `{method}/{model}-{ratio}.csv`.
        baseline: Files of unpruned models, whatever they are called; among the sources or not.

    Returns:
        A table valid under the contract, with its provenance in the schema's metadata.

    Raises:
        ContractError: A file cannot be read or counted, something about a model is not said, or
            the file, manifest, pattern and options contradict each other.

    Example:
        >>> import pathlib, tempfile, rdstats as rd
        >>> file = pathlib.Path(tempfile.mkdtemp(), "baseline.csv")
        >>> file.write_text("id,y_true,y_pred\n1,cat,cat\n2,dog,cat\n3,dog,dog\n")
        47
        >>> from data_contracts.importers import Described
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> unpruned = Described(**of, method="none", ratio=1, stage="baseline")
        >>> said = rd.ImportOptions(described=unpruned)
        >>> rd.import_files("predictions", [file], options=said)["n_correct"].to_pylist()
        [1, 1]
    """
    found = import_all(
        format_name, sources, options=options, manifest=manifest, pattern=pattern, baseline=baseline
    )
    return found.table.replace_schema_metadata({METADATA_KEY: found.provenance.to_json()})


def import_all(
    format_name: str,
    sources: Sequence[str | Path],
    *,
    options: ImportOptions | None = None,
    manifest: str | Path | None = None,
    pattern: str | None = None,
    baseline: Sequence[str | Path] = (),
    progress: Progress | None = None,
    target: Path | None = None,
) -> Imported:
    """Return the same with its models; other arguments and errors as in `import_files`.

    `progress` is told which file is read, and how far (words, files read, files). `target` is
    the file that will be written; an import never overwrites what it reads.
    """
    options = options or ImportOptions()
    importer = importer_of(format_name, options)
    places = []
    if manifest is not None:
        places.append((read_manifest(Path(manifest)), f"the manifest {manifest}"))
    if pattern is not None:
        places.append((path_pattern(pattern), f"the pattern {pattern!r}"))
    for source in (*sources, *baseline):
        if is_uri(os.fspath(source)):
            raise ContractError(f"{source} is not read from there: copy it to a file first")
    files = [Path(file.path) for file in find_files(sources, suffixes=importer.suffixes)]
    named = find_files(baseline, suffixes=importer.suffixes) if baseline else []
    unpruned = {os.path.realpath(file.path): Path(file.path) for file in named}
    places_of_files = set(map(os.path.realpath, files))
    files = [file for place, file in unpruned.items() if place not in places_of_files] + files
    if options.truth is not None:  # which may lie in the folder of the answers
        files = [f for f in files if os.path.realpath(f) != os.path.realpath(options.truth)]
    _refuse_overwriting(files, target)
    options = replace(options, paired=options.paired and len(files) > 1)
    # What is said of each of them, before any is read.
    said_of = [
        _said_of(file, places, is_unpruned=os.path.realpath(file) in unpruned) for file in files
    ]
    known: dict[bytes, Samples] = {}
    found: list[Evaluated] = []
    for number, (file, outside) in enumerate(zip(files, said_of, strict=True)):
        if progress is not None:
            progress(file.name, number, len(files))
            told = partial(_tell_rows, progress, file.name, number, len(files))
            options = replace(options, heard=told)
        for each in importer.read(file, options):
            model = each
            if os.path.realpath(file) in unpruned:
                said = each.described.agreeing(UNPRUNED, str(file), "--baseline")
                model = replace(each, described=said)
            described = _described(model, outside, options.described)
            found.append(replace(model, described=described, answers=_shared(model.answers, known)))
    models = paired_with_baselines(found)
    provenance = Provenance(
        producer=f"rdstats import {own_release()}",
        importer=_importer_record(format_name, options, pattern, sorted(unpruned)),
        source_hashes=_hashes([*files, *([options.truth] if options.truth else [])]),
        notes=tuple(dict.fromkeys(note for model in models for note in model.notes)),
    )
    return Imported(recall_table_of(models), provenance, models)


def _said_of(
    file: Path, places: Sequence[tuple[Callable[[Path], Described], str]], *, is_unpruned: bool
) -> list[tuple[Described, str]]:
    """Return what is said of a file elsewhere; a baseline's path need not fit the pattern."""
    found = []
    for said, where in places:
        try:
            found.append((said(file), where))
        except ContractError:
            if not is_unpruned:
                raise
    return found


def _refuse_overwriting(files: Sequence[Path], target: Path | None) -> None:
    """Refuse a target that cannot be written, or is a source, before the work and not after."""
    if target is None:
        return
    place = os.path.realpath(target)
    if any(os.path.realpath(file) == place for file in files):
        raise ContractError(f"{target} is one of the files to read: give --out another name")
    if not Path(place).parent.is_dir():
        raise ContractError(f"the folder of {target} does not exist: make it first")


def _tell_rows(progress: Progress, name: str, number: int, files: int, rows: int) -> None:
    progress(f"{name}, {rows:,} rows", number, files)


def _described(
    model: Evaluated, outside: Sequence[tuple[Described, str]], options: Described
) -> Described:
    """Return all that is said of a model.

    What holds for all models by the options holds for compressed ones: a model that is unpruned
    by its file, manifest or path takes no method, ratio and stage from there. The same for a
    column of the baseline beside a path that names the method.
    """
    said, here = model.described, model.source
    for other, there in outside:
        given = other.without_condition() if model.described.is_unpruned() else other
        said = said.agreeing(given, here, there)
        here = f"{model.source} or its manifest"
    given = options.without_condition() if said.is_unpruned() else options
    return said.agreeing(given, here, "the options").complete(model.source)


def _shared(answers: Answers | None, known: dict[bytes, Samples]) -> Answers | None:
    """Return answers that share their samples with earlier files, where they are the same."""
    if answers is None:
        return None
    samples = answers.samples
    digest = hashlib.blake2b(repr(samples.class_names).encode(), digest_size=16)
    for array in (samples.truth, samples.ids, samples.asked):
        if array is not None:
            digest.update(np.ascontiguousarray(array).data)
    return replace(answers, samples=known.setdefault(digest.digest(), samples))


def _hashes(files: Sequence[Path]) -> dict[str, str]:
    """Return each file's SHA-256 by its path below the folder that they share."""
    shared = os.path.commonpath([file.absolute().parent for file in files])
    found = {}
    for file in files:
        try:
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise unreadable(file, error) from error
        found[Path(os.path.relpath(file, shared)).as_posix()] = digest
    return found


def _importer_record(
    format_name: str, options: ImportOptions, pattern: str | None, baseline: Sequence[str]
) -> dict[str, JsonValue]:
    """Return the importer and its options for the provenance, those that were given."""
    given: dict[str, JsonValue] = {
        "preset": options.preset,
        "rows": options.rows,
        "columns": dict(options.columns),
        "keys": options.pattern,
        "pattern": pattern,
        "baseline": [Path(file).name for file in baseline],
        "truth": None if options.truth is None else options.truth.name,
        "confirmed": sorted(options.confirmed),
        "settings": dict(options.settings),
        **options.described.said(),
    }
    return {"name": format_name, **{name: value for name, value in given.items() if value}}
