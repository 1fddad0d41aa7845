"""A file that is no Parquet file is called what it is."""

from __future__ import annotations

import pickle

import pytest

from data_contracts.sources import kind_of_file


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "empty"),
        (b"PAR1\x15\x04", "a Parquet file that ends too early"),
        (b"ARROW1\0\0", "an Arrow IPC (Feather) file"),
        (b"PK\x03\x04\x14", "a zip archive (as .npz, .xlsx and PyTorch checkpoints are)"),
        (b"\x1f\x8b\x08\x00", "a gzip archive"),
        (b"\x93NUMPY\x01", "a numpy array (.npy)"),
        (pickle.dumps([1]), "a Python pickle"),
        (b'{"recall": 1}', "JSON text"),
        (b"\n  [1, 2]", "JSON text"),
        (b"<!DOCTYPE html>", "an HTML or XML page"),
        (b"class,recall\n0,0.9\n", "text with separated columns (CSV?)"),
        (b"\xef\xbb\xbfclass;recall\n0;0,9\n", "text with separated columns (CSV?)"),
        ("Größe\tKlasse\n".encode()[:-1] + "ß".encode()[:1], "text with separated columns (CSV?)"),
        (b"hello", "text"),
        (b"\n\n", "text"),
        (b"\x00\x01\x02\x03", "a binary file of an unknown kind"),
        (b"\xff\xfe\x00\x00abcdef", "a binary file of an unknown kind"),
    ],
)
def test_the_first_bytes_tell_the_kind(head: bytes, kind: str) -> None:
    """Each as the format's own description has it."""
    assert kind_of_file(head) == kind
