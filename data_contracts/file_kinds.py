"""What a file that is no Parquet file is instead, by its first bytes."""

from __future__ import annotations

_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", "a Parquet file that ends too early"),
    (b"PARE", "an encrypted Parquet file"),
    (b"ARROW1", "an Arrow IPC (Feather) file"),
    (b"PK\x03\x04", "a zip archive (as .npz, .xlsx and PyTorch checkpoints are)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x93NUMPY", "a numpy array (.npy)"),
    (b"\x89HDF", "an HDF5 file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x80", "a Python pickle"),
    (b"RDX", "an R data file"),
    (b"<", "an HTML or XML page"),
    (b"{", "JSON text"),
    (b"[", "JSON text"),
)


def kind_of_file(head: bytes) -> str:
    """Return in words what a file looks like.

    Args:
        head: Its first bytes, some hundred of them.
    """
    if not head:
        return "empty"
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()  # the mark some editors put first
    for magic, kind in _KINDS:
        if head.startswith(magic):
            return kind
    try:
        text = head.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # a character cut off by the end of `head` is no fault
            return "a binary file of an unknown kind"
        text = head[: error.start].decode("utf-8")
    if not all(character.isprintable() or character in "\r\n\t" for character in text):
        return "a binary file of an unknown kind"
    line = text.splitlines()[0] if text.strip() else ""
    separated = any(separator in line for separator in ",;\t")
    return "text with separated columns (CSV?)" if separated else "text"
