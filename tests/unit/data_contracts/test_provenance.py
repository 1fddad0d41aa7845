"""Where a table came from is one JSON value: written the same every time, read with care."""

from __future__ import annotations

import json

import pytest

from data_contracts import ContractError, Provenance

FULL = Provenance(
    producer="rdtrain 0.1.0",
    created="2026-01-02T03:04:05Z",
    study={"name": "digits", "ratios": [2, 4.5], "control": True},
    seed_policy="sha256 of seed, study, model and purpose",
    code_version="0123abc",
    device="cpu, 2 threads",
    library_versions={"torch": "2.15.0", "numpy": "2.4.6"},
    importer={"name": "confusion-matrix", "options": {"true_rows": True}},
    source_hashes={"a.csv": "sha256:00"},
    notes=("first", "second"),
)
NO_VERSION = (b"{}", b'{"version": 1.0}', b'{"version": "1"}')
NO_JSON = (b"", b"{", b"\xff", b"version: 1.0")


def refusal(value: bytes) -> str:
    """Return what is said against some metadata."""
    with pytest.raises(ContractError) as caught:
        Provenance.from_json(value, "a.parquet")
    return str(caught.value)


def test_there_and_back_is_the_same() -> None:
    """Every field is kept, with lists and tables inside."""
    assert Provenance.from_json(FULL.to_json(), "a.parquet") == FULL


def test_keys_are_sorted_and_what_is_not_known_is_left_out() -> None:
    """The bytes can be foreseen."""
    provenance = Provenance(producer="me", library_versions={"b": "2", "a": "1"})
    assert provenance.to_json() == (
        b'{"library_versions": {"a": "1", "b": "2"}, "producer": "me", "version": "1.0"}'
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, "\ud800"])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    """Never a file that others cannot read."""
    with pytest.raises(ContractError, match="cannot be written as JSON"):
        Provenance(study={"value": value}).to_json()


@pytest.mark.parametrize(
    "value",
    [
        b'{"version": "1.0", "study": "\\ud800"}',
        b'{"version": "1.0", "study": ' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"version": "1.0", "study": "\xed\xa0\x80"}',
    ],
)
def test_metadata_that_no_page_can_show_is_refused_in_a_line(value: bytes) -> None:
    """Half a character, lists in lists without end, bytes that are no text."""
    said = refusal(value)
    assert said.startswith("a.parquet: the metadata under 'rdstats'")
    assert len(said) < 300


def test_unknown_keys_are_ignored() -> None:
    """A later 1.x knows more."""
    value = b'{"version": "1.7", "producer": "me", "energy": {"joule": 3}}'
    assert Provenance.from_json(value, "a.parquet") == Provenance(version="1.7", producer="me")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            b'{"version": "2.0"}',  # as the contract's page promises
            "a.parquet was written for recall table 2.0; this rdstats reads 1.x; upgrade rdstats",
        ),
        (b'{"version": "0.9"}', "recall table 0.9; this rdstats reads 1.x; write it again"),
        *((value, "a.parquet: the metadata under 'rdstats' has version") for value in NO_VERSION),
        *((value, "a.parquet: the metadata under 'rdstats' is not JSON") for value in NO_JSON),
        *((value, "is no JSON object") for value in (b"[]", b'"1.0"', b"null")),
    ],
)
def test_metadata_that_cannot_be_read_is_refused_with_the_way_out(value: bytes, said: str) -> None:
    """The version, text of two numbers, is the only required key of one JSON object."""
    assert said in refusal(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("producer", 5),
        ("library_versions", ["torch"]),
        ("library_versions", {"torch": 2}),
        ("importer", "csv"),
        ("source_hashes", {"a": None}),
        ("notes", "one"),
        ("notes", [1]),
    ],
)
def test_a_value_of_another_kind_is_named(name: str, value: object) -> None:
    """What a field holds is part of the contract."""
    metadata = json.dumps({"version": "1.0", name: value}).encode()
    assert f"the metadata's '{name}" in refusal(metadata)
