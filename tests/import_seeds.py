"""Valid files of every importable format, and an independent reading of what they count."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.importers.described import ImportOptions
from kept_files import FIXTURES, true_counts

Counts = Mapping[str, tuple[int, int]]
"""For each class its samples, and of those the right ones."""

Reference = Callable[[bytes], Counts | None]
"""Reads a file slowly and plainly; None where it has no counts, so that an error is due."""

NAMES = ("cat", "<script>alert(1)</script>", "=cmd()", "ein Häschen", "a, b")
_NO_LABEL = {"", "nan", "na", "n/a", "<na>", "#n/a", "null", "inf", "-inf", "+inf"}


@dataclass(frozen=True)
class Seed:
    """A valid file: how its name ends, what it counts, and what the file does not say.

    `reference` reads what a mutated file counts; without one only errors and the contract are
    checked. `words` are the options for the command. What a spreadsheet does to text must not
    matter where a seed is `harmless`.
    """

    format: str
    suffix: str
    content: bytes
    counts: Counts
    options: ImportOptions = field(default_factory=ImportOptions)
    reference: Reference | None = None
    words: tuple[str, ...] = ()
    harmless: bool = True


def plain(label: str) -> str | None:
    """Return a label as it is counted, or None if it is none (written apart from the product)."""
    label = label.strip()
    label = label[1:] if re.fullmatch(r"\+\d+", label, re.ASCII) else label
    if re.fullmatch(r"[+-]?\d+\.0*", label):
        label = label.split(".")[0]
    if re.fullmatch(r"[+-]?\d+(\.\d*e[+-]?|e[+-])\d{1,2}", label, re.IGNORECASE):
        exact = Fraction(label)
        label = str(exact) if exact.denominator == 1 and abs(exact) < 10**18 else label
    number = re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", label, re.IGNORECASE)
    if number and not re.fullmatch(r"[+-]?\d+", label):
        return None
    if label.casefold() in _NO_LABEL | {"infinity", "-infinity"}:
        return None
    return None if re.fullmatch(r"[+-]?\d+,\d+", label) else label


def table_of(content: bytes) -> list[list[str]] | None:
    """Return the cells of a text, or None if it is no table."""
    try:
        wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    best: list[list[str]] | None = None
    for delimiter in ",;\t":
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
            rows = [row for row in reader if row]
        except csv.Error:
            continue
        if rows and len({len(row) for row in rows}) == 1 and len(rows[0]) > len((best or [[]])[0]):
            best = rows
    return best


def counts_of_pairs(pairs: Mapping[tuple[str, str], int]) -> Counts | None:
    """Return counts per class of pairs (true, predicted)."""
    samples: Counter[str] = Counter()
    correct: Counter[str] = Counter()
    for (true, predicted), number in pairs.items():
        samples[true] += number
        correct[true] += number * (true == predicted)
    samples = +samples
    if not samples or not {p for (_, p), n in pairs.items() if n} & set(samples):
        return None
    return {name: (samples[name], correct[name]) for name in samples}


def read_predictions(content: bytes) -> Counts | None:
    """Count a text of predictions, one line after the other."""
    rows = table_of(content)
    if rows is None:
        return None
    header = [name.strip() for name in rows[0]]
    if any(header.count(name) > 1 for name in header if name):
        return None
    truths = [name for name in ("y_true", "Y_TRUE", "label") if name in header]
    if not truths or "y_pred" not in header:
        return None
    true, predicted = header.index(truths[0]), header.index("y_pred")
    pairs: Counter[tuple[str, str]] = Counter()
    for row in rows[1:]:
        labels = plain(row[true]), plain(row[predicted])
        if labels[0] is None or labels[1] is None:
            return None
        pairs[labels[0], labels[1]] += 1
    return counts_of_pairs(pairs)


def read_bare_matrix(content: bytes) -> Counts | None:
    """Count a text of a confusion matrix without names, rows true."""
    rows = table_of(content)
    if rows is None or len(rows) != len(rows[0]):
        return None
    names = [str(place) for place in range(len(rows))]
    return read_matrix(
        text_of([["", *names], *([n, *r] for n, r in zip(names, rows, strict=True))])
    )


def read_matrix(content: bytes) -> Counts | None:
    """Count a text of a confusion matrix with names on both sides, rows true."""
    rows = table_of(content)
    if rows is None or len(rows) != len(rows[0]):
        return None
    names = [plain(name) for name in rows[0][1:]]
    if [plain(row[0]) for row in rows[1:]] != names or len(set(names)) < len(names):
        return None
    pairs: dict[tuple[str, str], int] = {}
    for true, row in zip(names, rows[1:], strict=True):
        for predicted, cell in zip(names, row[1:], strict=True):
            try:
                number = float(cell)
            except ValueError:
                return None
            if true is None or predicted is None or not 0 <= number < 2**53 or number % 1:
                return None
            pairs[true, predicted] = int(number)
    return counts_of_pairs(pairs)


def read_lm_eval(content: bytes) -> Counts | None:
    """Count a text of lm-eval's lines with the metric acc, all of the task `all`."""
    try:
        wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = content.decode("utf-16" if wide else "utf-8")
        lines = [json.loads(line) for line in text.split("\n") if line.strip()]
        scores = [float(line["acc"]) for line in lines]
        filters = {str(line.get("filter", "none")) for line in lines}
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    if len(filters) != 1 or not set(scores) <= {0, 1}:
        return None
    return {"all": (len(scores), scores.count(1))}


def text_of(rows: Sequence[Sequence[object]], delimiter: str = ",") -> bytes:
    """Return rows as a program would write them."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _bytes_of(save: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


def _written() -> list[Seed]:
    generator = np.random.default_rng(5)
    truth = generator.integers(0, 5, 60)
    answer = np.where(generator.random(60) < 0.7, truth, generator.integers(0, 5, 60))
    named = [(NAMES[t], NAMES[p]) for t, p in zip(truth, answer, strict=True)]
    numbered = [(str(t), str(p)) for t, p in zip(truth, answer, strict=True)]
    by_name, by_number = counts_of_pairs(Counter(named)), counts_of_pairs(Counter(numbered))
    assert by_name is not None
    assert by_number is not None
    matrix = np.zeros((5, 5), dtype=np.int64)
    np.add.at(matrix, (truth, answer), 1)
    with_names: list[list[object]] = [["", *NAMES]]
    with_names += [[name, *row] for name, row in zip(NAMES, matrix.tolist(), strict=True)]
    listed = [("Actual", "Predicted", "count")]
    listed += [(*pair, str(number)) for pair, number in Counter(named).items()]
    rows_true = ImportOptions(rows="true")
    columns = pa.table({"y_true": [t for t, _ in named], "y_pred": [p for _, p in named]})
    bare = text_of(matrix.tolist())
    scores = np.eye(5)[answer] + generator.random((60, 5))
    ids = [("id", "y_true", "y_pred"), *((i, *pair) for i, pair in enumerate(named))]
    side = ("--true-rows",)
    named_matrix = json.dumps({"confusion_matrix": matrix.tolist(), "class_names": NAMES})
    npz = _bytes_of(lambda out: np.savez(out, y_true=truth, y_score=scores))
    npy = _bytes_of(lambda out: np.save(out, matrix))
    bare_pairs = text_of([("y_true", "y_pred"), *numbered])
    return [
        Seed("predictions", ".csv", text_of(ids), by_name, reference=read_predictions),
        Seed("predictions", ".csv", bare_pairs, by_number, reference=read_predictions),
        Seed("predictions", ".parquet", parquet_of(columns), by_name),
        Seed("predictions", ".npz", npz, by_number),
        Seed("confusion", ".csv", text_of(with_names), by_name, rows_true, read_matrix, side),
        Seed("confusion", ".csv", text_of(listed), by_name),
        Seed("confusion", ".csv", bare, by_number, rows_true, read_bare_matrix, side),
        Seed("confusion", ".json", named_matrix.encode(), by_name, rows_true, None, side),
        Seed("confusion", ".npy", npy, by_number, rows_true, None, side),
    ]


def _graded() -> list[Seed]:
    """Return logs of language models, with the fields that are read of the real ones."""
    right = (np.random.default_rng(6).random(12) < 0.7).tolist()
    texts = [f"Wie viele Häschen sind {number}?" for number in range(len(right))]
    lines = [
        {"doc_hash": text, "prompt_hash": text, "filter": "none", "filtered_resps": ["a"]}
        | {"metrics": ["acc"], "acc": float(is_right), "doc": {"subject": "law"}}
        for text, is_right in zip(texts, right, strict=True)
    ]
    samples = [
        {"id": text, "epoch": 1, "input": text, "metadata": {"subject": "law"}}
        | {"scores": {"match": {"value": "C" if is_right else "I"}}}
        for text, is_right in zip(texts, right, strict=True)
    ]
    log = {"version": 2, "status": "success", "eval": {"task": "sums"}, "samples": samples}
    rows = [
        {"doc": {"task_name": "sums", "query": text, "choices": ["a", "b"]}}
        | {"metric": {"em": float(is_right)}, "model_response": {"input": text}}
        for text, is_right in zip(texts, right, strict=True)
    ]
    counts = (len(right), sum(right))
    jsonl = "".join(json.dumps(line) + "\n" for line in lines).encode()
    details = parquet_of(pa.Table.from_pylist(rows))
    return [
        Seed("lm-eval", ".jsonl", jsonl, {"all": counts}, reference=read_lm_eval),
        Seed("inspect-ai", ".json", json.dumps(log).encode(), {"sums": counts}),
        Seed("lighteval", ".parquet", details, {"sums": counts}),
    ]


def parquet_of(table: pa.Table) -> bytes:
    """Return a Parquet file with a checksum on every page."""
    return _bytes_of(lambda out: pq.write_table(table, out, write_page_checksum=True))


def _kept() -> list[Seed]:
    """Return real files of other tools (tests/fixtures), read by the formats that speak of them."""
    true = true_counts("after")
    pairs = zip(true.n_samples.tolist(), true.n_correct.tolist(), strict=True)
    counts = {str(digit): pair for digit, pair in enumerate(pairs)}
    names = {f"the digit {digit}": pair for digit, pair in counts.items()}

    def seed(
        format_name: str,
        path: str,
        options: ImportOptions | None = None,
        words: tuple[str, ...] = (),
        read: Counts = counts,
    ) -> Seed:
        file = FIXTURES / path
        suffix = f"-{file.name}" if format_name == "mlflow" else file.suffix
        given = options or ImportOptions()
        return Seed(
            format_name, suffix, file.read_bytes(), read, given, None, words, harmless=False
        )

    keys = r"test_(?P<quantity>recall|support)_(?P<class>\d)"
    tidy = {"class": "digit", "n_samples": "images"}
    table = ImportOptions(columns=tidy)
    mapped = tuple(word for pair in tidy.items() for word in ("--column", "=".join(pair)))
    return [
        seed("sklearn-report", "scikit-learn/after/report.json"),
        seed("sklearn-report", "scikit-learn/after/report.csv"),
        seed("sklearn-report", "scikit-learn/after/report-names.txt", read=names),
        seed("mlflow", "mlflow/after/artifacts/per_class_metrics.csv"),
        *(
            seed("table", f"scikit-learn/after/tidy.{end}", table, mapped)
            for end in ("csv", "json", "parquet")
        ),
        seed("keys", "lightning/after/metrics.csv", ImportOptions(pattern=keys), ("--keys", keys)),
    ]


SEEDS: list[Seed] = [*_written(), *_graded(), *_kept()]
