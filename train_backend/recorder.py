"""Your own loop, measured: networks or answers in, a recall and a prediction table out."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from filelock import FileLock

from data_contracts.errors import ContractError
from data_contracts.importers.described import Described
from data_contracts.importers.labels import in_class_order
from data_contracts.importers.read.arrays import labels_of
from data_contracts.prediction_files import read_prediction_table, write_prediction_table
from data_contracts.prediction_table import Predictions, key_of_test_set, recall_table_from
from data_contracts.provenance import Provenance, own_release
from data_contracts.reading import read_provenance, read_recall_table
from data_contracts.schema import EVALUATED_MODEL, RATIO_DECIMALS
from data_contracts.words import listed
from data_contracts.writing import refuse_nul, write_recall_table
from train_backend.answers import order_digest, predictions_of
from train_backend.parameters import parameter_counts

if TYPE_CHECKING:
    from torch import Tensor, nn

_OF_A_MODEL: Final = ("parameters", "parameters_nonzero", "selected_on")
_SAVED_EVERY: Final = 60.0  # seconds
_UNPRUNED: Final = ("none", 1.0)

Key = tuple[object, ...]  # values of EVALUATED_MODEL


class Counted(TypedDict, total=False):
    """What may be said of a network of which only the answers are given."""

    parameters: int
    parameters_nonzero: int


class Recorder:
    """Records what networks of your own loop answer, class by class and sample by sample.

    Use it in a `with` block. Leaving the block, also by an exception, writes all that was recorded
    whole to the recall table and, beside it, the prediction table; what was there before stays,
    and several processes may record into the same file. Models are paired by `model_name`: a
    version is compared with the baseline of its name, which may be recorded before it or after.

    Args:
        path: The recall table, such as `recall.parquet`; its folder must exist. The answers go to
            `predictions.parquet` beside it (`NAME-predictions.parquet` beside `NAME.parquet`).
        study: Name of the study.
        dataset: Name of the data set.
        architecture: Name of the network.
        split: `test`, or `validation` or `train` where that is what was evaluated.
        class_names: The classes' names in the order of their labels 0 … C − 1; else labels name
            themselves.
        selected_on: `validation`, `test` or `last`: what chose the epoch.

    Raises:
        ContractError: A name is empty or holds NUL, the folder is missing, or the file there holds
            models without their answers.

    Example:
        >>> import tempfile
        >>> from train_backend import Recorder
        >>> folder = tempfile.mkdtemp()
        >>> about = {"study": "mine", "dataset": "pets", "architecture": "cnn"}
        >>> with Recorder(f"{folder}/recall.parquet", **about) as record:
        ...     record.baseline([0, 1, 1, 0], [0, 1, 1, 1], model_name="seed-0")
        ...     answers = [0, 1, 0, 0]
        ...     record.version(answers, [0, 1, 1, 1], model_name="seed-0", method="MP", ratio=4)
        >>> from data_contracts import read_recall_table
        >>> read_recall_table(f"{folder}/recall.parquet")["n_correct"].to_pylist()
        [1, 1, 1, 2]
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = "recall.parquet",
        *,
        study: str,
        dataset: str,
        architecture: str,
        split: str = "test",
        class_names: Sequence[object] | None = None,
        selected_on: str | None = None,
    ) -> None:
        self.path = Path(path)
        refuse_nul(self.path)
        if self.path.suffix != ".parquet" or self.path.is_dir():
            raise ContractError(f"{self.path} is no name of a recall table: give FILE.parquet")
        if not self.path.parent.is_dir():
            raise ContractError(f"{self.path.parent} is not there: make the folder first")
        beside = "" if self.path.stem == "recall" else f"{self.path.stem}-"
        self.predictions_path = self.path.with_name(f"{beside}predictions.parquet")
        self._about = Described(
            study=study,
            dataset=dataset,
            architecture=architecture,
            split=split,
            selected_on=selected_on,
        )
        self._names = None if class_names is None else [str(name) for name in class_names]
        self._classes: Sequence[str] = self._names or ()
        self._truth: npt.NDArray[np.int32] | None = None
        self._first = ""  # what was recorded first; the others are held to its samples
        self._found: dict[Key, npt.NDArray[np.int32]] = {}  # answers that are not in the file yet
        self._of_model: dict[Key, tuple[object, ...]] = {}  # values of _OF_A_MODEL
        self._there: set[Key] = set()  # what is in the file
        self._saved = time.monotonic()
        with self._locked():
            older, _ = self._older()
        self._digest = older and older.digests.get(key_of_test_set((study, dataset, split)))

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.save()

    def baseline(
        self, model: object, samples: object, *, model_name: str, **counted: Unpack[Counted]
    ) -> None:
        """Record the network as trained.

        Args:
            model: A torch module, or its answers: labels, shape (samples,), or scores, shape
                (samples, classes), of which the highest is the answer.
            samples: Of a module an iterable of (inputs, labels), such as a DataLoader that does
                not shuffle; of answers the true labels, shape (samples,).
            model_name: Name of the trained network, such as `seed-0`.
            **counted: `parameters` and `parameters_nonzero` of the network whose answers these
                are; a module's are counted.

        Raises:
            ContractError: The model is recorded already; samples or their order are not those of
                the other models; an answer is NaN or missing.
        """
        self._record("baseline", model, samples, model_name, *_UNPRUNED, counted)

    def control(
        self, model: object, samples: object, *, model_name: str, **counted: Unpack[Counted]
    ) -> None:
        """Record the same network unpruned, trained as long as its versions were fine-tuned.

        Arguments and errors as of `baseline`.
        """
        self._record("control", model, samples, model_name, *_UNPRUNED, counted)

    def version(
        self,
        model: object,
        samples: object,
        *,
        model_name: str,
        method: str,
        ratio: float,
        stage: str = "finetuned",
        **counted: Unpack[Counted],
    ) -> None:
        """Record a compressed version of it.

        Args:
            model: As in `baseline`.
            samples: As in `baseline`.
            model_name: The name of the network that it is a version of.
            method: How it was compressed, such as `MP`, `Wanda` or `int8`.
            ratio: Size before / size after, at least 1: parameters, or bits.
            stage: `finetuned`, or `pruned` where nothing was trained after.
            **counted: As in `baseline`, of the compressed network.

        Raises:
            ContractError: As `baseline`; or the ratio is below 1, or the stage is another.
        """
        if stage not in ("finetuned", "pruned"):
            raise ContractError(f"stage is {stage!r}: a version is finetuned or pruned")
        if method == _UNPRUNED[0]:
            raise ContractError("method is 'none': record an unpruned network by .baseline(...)")
        self._record(stage, model, samples, model_name, method, ratio, counted)

    def recorded(
        self, *, model_name: str, method: str = "none", ratio: float = 1, stage: str | None = None
    ) -> bool:
        """Return whether a model is recorded, for a loop that goes on where it was stopped.

        By this recorder, or in the file when it began and when it last saved.

        Args:
            model_name: As in `baseline`; alone it asks for the baseline.
            method: As in `version`.
            ratio: As in `version`.
            stage: As in `version`, `baseline` or `control`; None for `finetuned`, of method `none`
                `baseline`.

        Raises:
            ContractError: None can be recorded so: the ratio is below 1, the stage is another.
        """
        stage = stage or ("baseline" if method == _UNPRUNED[0] else "finetuned")
        key = _key_of(self._described(model_name, method, ratio, stage))
        return key in self._there | self._found.keys()

    def save(self) -> None:
        """Write what was recorded so far; leaving the `with` block and each minute do so.

        Raises:
            ContractError: Another process recorded the same model with other answers, or other
                samples; or a file cannot be written. What was there before is unchanged.
        """
        if self._truth is None or not self._found:
            return
        with self._locked():
            written = [path for path in (self.path, self.predictions_path) if path.exists()]
            provenance = _provenance(read_provenance(written[0]) if written else None)
            older, of_model = self._older()
            twice = self._found.keys() & self._there
            if twice:
                names = listed(sorted(" ".join(map(str, key)) for key in twice))
                raise ContractError(
                    f"another process recorded {names} in {self.path} meanwhile: give every "
                    "process models of its own"
                )
            answers = list(self._found.values())
            predictions = predictions_of(list(self._found), self._truth, answers, self._classes)
            if older is not None:
                predictions = _together(older, predictions, self.predictions_path)
            recall = _with_columns(recall_table_from(predictions), of_model | self._of_model)
            write_prediction_table(predictions, self.predictions_path, provenance)
            write_recall_table(recall, self.path, provenance)
        self._there |= self._found.keys()
        self._found.clear()
        self._saved = time.monotonic()

    def _record(
        self,
        stage: str,
        model: Any,
        samples: Any,
        model_name: str,
        method: str,
        ratio: float,
        counted: Counted,
    ) -> None:
        said = replace(self._described(model_name, method, ratio, stage), **counted)
        key = _key_of(said)
        name = f"{model_name}, {stage}" + (f", {method} {ratio:g}×" if method != "none" else "")
        if key in self._there | self._found.keys():
            raise ContractError(
                f"{name} is recorded in {self.path} already: give another model_name, or another "
                "file"
            )
        if hasattr(model, "parameters") and hasattr(model, "eval"):
            parameters, nonzero = parameter_counts(model)
            if parameters:  # torch's quantised layers have none
                said = replace(said, parameters=parameters, parameters_nonzero=nonzero)
            truth, answers = _answers_of(model, samples, name)
        else:
            truth, answers = samples, model
        texts = labels_of(truth, "the true labels", self._names)
        answered = labels_of(answers, "the answers", self._names, texts)
        if len(answered) != len(texts):
            raise ContractError(
                f"{name}: {len(texts):,} true labels, but {len(answered):,} answers: give one of "
                "each per sample, in the same order"
            )
        if self._truth is None:
            self._classes = self._names or in_class_order(set(texts.tolist()))
        codes = {label: code for code, label in enumerate(self._classes)}
        coded, predicted = (
            np.array([codes.get(text, -1) for text in each], dtype=np.int32)
            for each in (texts, answered)
        )
        if self._truth is None:
            if self._digest not in (None, order_digest(coded)):
                raise ContractError(
                    f"{name} has other samples than the models in {self.path}, or another order: "
                    "does the loader shuffle? Evaluate all on the same, or record into another "
                    "file"
                )
            self._truth, self._first = coded, name
        _refuse_order(self._truth, coded, self._first, name)
        self._found[key] = predicted
        self._of_model[key] = tuple(getattr(said, name) for name in _OF_A_MODEL)
        if time.monotonic() - self._saved > _SAVED_EVERY:
            self.save()

    def _described(self, model_name: str, method: str, ratio: float, stage: str) -> Described:
        """Return what is said of a model, checked."""
        return Described(
            model=str(model_name),
            method=method,
            ratio=round(float(ratio), RATIO_DECIMALS),
            stage=stage,
        ).merged(self._about)

    def _older(self) -> tuple[Predictions | None, dict[Key, tuple[object, ...]]]:
        """Return what is in both files, None and nothing where they are not there yet."""
        older, of_model = None, {}
        if self.predictions_path.exists():
            older = read_prediction_table(self.predictions_path)
            names = list(EVALUATED_MODEL)
            self._there = set(_keys_of(older.table.group_by(names).aggregate([])))
        if self.path.exists():  # not where the first write was killed between both files
            recall = read_recall_table(self.path)
            columns = [recall[name].to_pylist() for name in _OF_A_MODEL]
            of_model = dict(zip(_keys_of(recall), zip(*columns, strict=True), strict=True))
        if of_model.keys() - self._there:
            raise ContractError(
                f"{self.path} holds models whose answers are not in {self.predictions_path}: "
                "record into another file, and give both to rdstats"
            )
        return older, of_model

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the file for as long as the block runs; other recorders wait."""
        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"))
        try:
            held = lock.acquire()
        except OSError as error:
            raise ContractError(
                f"{self.path.parent} cannot be written ({error.strerror or error}): record into a "
                "folder that can"
            ) from error
        with held:
            yield


def _answers_of(
    model: nn.Module, batches: Iterable[Any], name: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return labels and answers of every sample, shape (samples,), of one pass in evaluation mode.

    Each module is left in the mode it was in.
    """
    import torch

    if type(getattr(batches, "sampler", None)).__name__ == "RandomSampler":
        raise ContractError(
            f"{name}: the loader shuffles, and then nothing says which sample is which: make one "
            "of the test set with shuffle=False"
        )
    first = next(model.parameters(), None)
    device = first.device if first is not None else torch.device("cpu")
    modes = {module: module.training for module in model.modules()}
    truth, answered = [], []
    model.eval()
    try:
        with torch.inference_mode():
            for batch in batches:
                if not isinstance(batch, tuple | list) or len(batch) != 2:
                    raise ContractError(
                        f"{name}: a batch is {type(batch).__name__}, not (inputs, labels): give an "
                        "iterable of pairs, as a DataLoader makes them, or your own answers"
                    )
                inputs, labels = batch
                scores = _scores(model, inputs, device)
                labels = torch.as_tensor(labels)
                _refuse_shapes(scores, labels, name)
                truth.append(labels.reshape(-1).cpu().numpy())
                answered.append(scores.argmax(dim=1).cpu().numpy())
    finally:
        for module, mode in modes.items():
            module.training = mode
    if not truth:
        raise ContractError(
            f"{name}: there are no batches: a generator can be read once only; give a DataLoader "
            "or a list"
        )
    return np.concatenate(truth), np.concatenate(answered)


def _scores(model: nn.Module, inputs: Any, device: object) -> Tensor:
    """Return what a module answers to one batch of tensors, or of tensors by name."""
    if isinstance(inputs, Mapping):
        found = model(**{key: value.to(device) for key, value in inputs.items()})
    else:
        found = model(inputs.to(device))
    scores: Tensor = getattr(found, "logits", found)  # as networks of Hugging Face return them
    return scores


def _refuse_shapes(scores: Tensor, labels: Tensor, name: str) -> None:
    if scores.ndim != 2 or scores.shape[1] < 2:
        raise ContractError(
            f"{name}: the network answers with shape {tuple(scores.shape)}, not with scores of "
            "each class, (samples, classes): give your own answers instead of the module"
        )
    if labels.numel() != len(scores) or labels.is_floating_point():
        raise ContractError(
            f"{name}: labels of {len(scores)} samples have shape {tuple(labels.shape)} and type "
            f"{labels.dtype}: give one whole number per sample"
        )
    if not bool(scores.isfinite().all()):
        raise ContractError(f"{name}: a score is NaN or infinite: the network has diverged")
    if int(labels.min()) < 0 or int(labels.max()) >= scores.shape[1]:
        raise ContractError(
            f"{name}: labels run from {int(labels.min())} to {int(labels.max())}, but the network "
            f"scores classes 0 to {scores.shape[1] - 1}: number the labels as the network does"
        )


def _refuse_order(
    known: npt.NDArray[np.int32], found: npt.NDArray[np.int32], first: str, name: str
) -> None:
    """Refuse samples that are not those of the first model, in the same order."""
    if len(known) != len(found):
        raise ContractError(
            f"{name} has {len(found):,} samples, {first} {len(known):,}: all models of a data set "
            "are evaluated on the same samples"
        )
    differ = known != found
    if differ.any():
        why = "they are other samples: evaluate all models on the same ones"
        if np.array_equal(np.sort(known), np.sort(found)):
            why = "the same labels in another order: give a loader with shuffle=False"
        raise ContractError(
            f"{name}: label {int(differ.argmax())} is another one than that of {first} ({why})"
        )


def _key_of(said: Described) -> Key:
    return tuple(getattr(said, name) for name in EVALUATED_MODEL)


def _keys_of(table: pa.Table) -> Iterator[Key]:
    return zip(*(table[name].to_pylist() for name in EVALUATED_MODEL), strict=True)


def _together(older: Predictions, ours: Predictions, path: Path) -> Predictions:
    """Return both tables as one; samples and classes of a data set must be the same."""
    for what, theirs, mine in (
        ("classes", older.class_names, ours.class_names),
        ("samples, or their order,", older.digests, ours.digests),
    ):
        for key in theirs.keys() & mine.keys():
            if tuple(theirs[key]) != tuple(mine[key]):
                raise ContractError(
                    f"the {what} of {key} are others than in {path}: evaluate all models on the "
                    "same samples in one order, or record into another file"
                )
    tables = pa.concat_tables([older.table, ours.table], promote_options="default")
    return Predictions(
        tables.unify_dictionaries(),
        {**older.class_names, **ours.class_names},
        {**older.digests, **ours.digests},
    )


def _with_columns(recall: pa.Table, of_model: Mapping[Key, tuple[object, ...]]) -> pa.Table:
    """Return a recall table with what is known of each model beside its counts."""
    unknown = (None,) * len(_OF_A_MODEL)  # where a write was killed between both files
    rows = [of_model.get(key, unknown) for key in _keys_of(recall)]
    for name, values in zip(_OF_A_MODEL, zip(*rows, strict=True), strict=True):
        place = recall.schema.get_field_index(name)
        field = recall.schema.field(name)
        recall = recall.set_column(place, field, pa.array(values, field.type))
    return recall


def _provenance(older: Provenance | None) -> Provenance:
    """Return who records, added to whoever wrote what is there already."""
    older = older or Provenance()
    versions = dict(older.library_versions)
    for name in ("torch", "torchvision", "numpy"):
        if name in sys.modules:
            versions[name] = _added(versions.get(name), metadata.version(name))
    producer = _added(older.producer, f"rdstats {own_release()}, Recorder")
    return replace(older, producer=producer, library_versions=versions)


def _added(said: str | None, more: str) -> str:
    """Return several values of a provenance as a study's table names them, each once."""
    return "; ".join(dict.fromkeys([*(said or more).split("; "), more]))
