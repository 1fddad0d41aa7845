"""Plug-ins: a user's own network, data set or method, in one file, by decorators.

    from train_backend.plugins import method

    @method("Wanda")
    def wanda(model, batches, ratio, generator):
        ...

`rdtrain run study.toml --plugin wanda.py` runs the file once in every process, and a study names
what it registers like anything that is built in. The file's text travels with the study, so that
workers and machines of a cluster run what was read at the start; its hash stands in the
provenance, and in the names of the parts that follow from it. Imported as an ordinary module the
file registers nothing.
"""

from __future__ import annotations

import hashlib
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from train_backend.data import DATASETS, Batches, DatasetFacts
from train_backend.data.own import Part, checked
from train_backend.errors import Diverged, TrainError, nearest
from train_backend.methods import METHODS, Method
from train_backend.methods.masks import (
    RATIO_TOLERANCE,
    apply_masks,
    global_masks,
    kept_count,
    prunable_parameters,
)
from train_backend.models import ARCHITECTURES, Architecture
from train_backend.models.initialization import seeded

__all__ = [
    "Plugin",
    "architecture",
    "dataset",
    "global_masks",
    "kept_count",
    "method",
    "prunable_parameters",
]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""Names become cells of tables and parts of files' names."""

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@dataclass(frozen=True)
class Plugin:
    """One file: where it was read, for messages and tracebacks, and its text, which is run."""

    path: str
    source: str

    @property
    def name(self) -> str:
        """Return the file's name, by which a study knows it."""
        return Path(self.path).name

    @property
    def sha256(self) -> str:
        """Return the hash of its text."""
        return hashlib.sha256(self.source.encode()).hexdigest()


_owners: dict[tuple[str, str], Plugin] = {}
_registries: dict[str, dict[str, Any]] = {
    "architecture": ARCHITECTURES,
    "dataset": DATASETS,
    "method": METHODS,
}
_loading: Plugin | None = None


def architecture(
    name: str, *, like: str = "LeNet5", classifier: str = ""
) -> Callable[[Decorated], Decorated]:
    """Register what makes a network: called with channels, classes and image size, all integers.

    It returns an `nn.Module` that gives logits (N, classes); its weights are drawn as it draws
    them, torch's generator being seeded for each model.

    Args:
        name: What studies call it.
        like: Whose settings the named recipes have for it: "LeNet5" or "ResNet".
        classifier: The name of its last layer, which no method prunes; where it is left out,
            `classifier`, else the last linear layer.

    Example:
        >>> from torch import nn
        >>> from train_backend.plugins import architecture
        >>> @architecture("one-layer")
        ... def one_layer(channels, classes, image_size):
        ...     return nn.Sequential(nn.Flatten(), nn.Linear(channels * image_size**2, classes))
        >>> one_layer(1, 10, 28)[1].out_features
        10
    """

    def entry(line: str, plugin: Plugin, function: Decorated) -> Architecture:
        @blamed(plugin, what=f"architecture {name!r}")
        def construct(channels: int, classes: int, image_size: int) -> nn.Module:
            model = function(channels, classes, image_size)
            if not isinstance(model, nn.Module):
                raise TypeError(f"it returns a {type(model).__name__}, not a torch.nn.Module")
            if classifier:
                model.get_submodule(classifier)  # raises where there is none
                model.rdstats_classifier = classifier  # type: ignore[assignment]
            return model

        return Architecture(line, plugin.name, construct, initialize=None, recipes=like)

    return _registered("architecture", name, entry)


def dataset(name: str) -> Callable[[Decorated], Decorated]:
    """Register what reads a data set: called without arguments, once in every process.

    It returns `train, test, class_names`: each part is (inputs, labels), float32 (N, ...) as the
    network shall see them and whole numbers (N,); or a `DataLoader` over a data set that has a
    length, whose samples are read when they are needed. Its batch size and order do not matter.

    Args:
        name: What studies call it.

    Example:
        >>> import torch
        >>> from train_backend.plugins import dataset
        >>> @dataset("noise")
        ... def noise():
        ...     part = torch.randn(20, 1, 8, 8), torch.arange(20) % 2
        ...     return part, part, ("even", "odd")
        >>> noise()[2]
        ('even', 'odd')
    """

    def entry(line: str, plugin: Plugin, function: Decorated) -> DatasetFacts:
        @blamed(plugin, what=f"data set {name!r}")
        def read() -> tuple[Part, Part, tuple[str, ...]]:
            return checked(function())

        return DatasetFacts(name, line, plugin.name, read=read)

    return _registered("dataset", name, entry)


def method(name: str, *, finetune: bool = True) -> Callable[[Decorated], Decorated]:
    """Register a way of compressing: called with model, batches, ratio and generator.

    The model is a copy of the trained network, in evaluation mode; batches gives (inputs,
    labels) of all training samples, in one random order, each time it is iterated over; ratio is
    size before / after; the generator is on the CPU, and seeds torch's own as well. Returned are

    - masks: a bool tensor for each parameter that is pruned, by its name, True where a weight
      stays. Of all parameters 1 / ratio must stay, within `RATIO_TOLERANCE`. Or
    - a module: a smaller or quantised network. There the ratio is what the method makes of it,
      such as bits before / after.

    Args:
        name: What studies call it.
        finetune: Whether fine-tuning follows. Not where it would undo what was done to the
            weights, as rounding.

    Example:
        >>> from train_backend.plugins import global_masks, kept_count, method, prunable_parameters
        >>> @method("my-magnitude")
        ... def my_magnitude(model, batches, ratio, generator):
        ...     scores = {name: weight.abs() for name, weight in prunable_parameters(model).items()}
        ...     return global_masks(scores, kept_count(model, ratio))
    """

    def entry(line: str, plugin: Plugin, function: Decorated) -> Method:
        return Method(line, plugin.name, prune=function, finetune=finetune)

    return _registered("method", name, entry)


def _registered(
    kind: str, name: str, entry: Callable[[str, Plugin, Decorated], object]
) -> Callable[[Decorated], Decorated]:
    """Return what enters a function of a plug-in's file; elsewhere it only returns the function."""

    def register(function: Decorated) -> Decorated:
        if _loading is None:
            return function
        if not NAME.fullmatch(name):
            raise TrainError(f"{kind} {name!r}: a name has letters, digits, '.', '_' and '-'")
        if name in _registries[kind]:
            raise TrainError(f"there is a {kind} {name!r} already: choose another name")
        line = (function.__doc__ or function.__name__).strip().splitlines()[0]
        _registries[kind][name] = entry(line, _loading, function)
        _owners[kind, name] = _loading
        return function

    return register


def read_plugins(paths: Sequence[Path]) -> None:
    """Read and load plug-ins' files.

    Raises:
        TrainError: One cannot be read or run, registers nothing, or is called as another.
    """
    names = [path.name for path in paths]
    for path in paths:
        if names.count(path.name) > 1:
            raise TrainError(f"two plug-ins are called {path.name}: rename one")
        try:
            source = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as unreadable:
            why = getattr(unreadable, "strerror", None) or "it is no text in UTF-8"
            raise TrainError(
                f"the plug-in {path} cannot be read ({why}): name a .py file"
            ) from unreadable
        load_plugins([Plugin(str(path.resolve()), source)])


def load_plugins(plugins: Iterable[Plugin]) -> None:
    """Run each plug-in's text, unless this process has; errors are those of `read_plugins`."""
    global _loading
    for plugin in plugins:
        if plugin in _owners.values():
            continue
        _forget(plugin.name)
        module = ModuleType(f"plugin_{Path(plugin.path).stem}")
        module.__file__ = plugin.path
        sys.modules[module.__name__] = module  # dataclasses look there
        _loading = plugin
        try:
            with blamed(plugin, what="the plug-in"):
                exec(compile(plugin.source, plugin.path, "exec"), module.__dict__)  # noqa: S102
            if plugin not in _owners.values():
                raise TrainError(
                    f"{plugin.name} registers nothing: write @architecture, @dataset or @method "
                    "of train_backend.plugins above a function"
                )
        except BaseException:
            _forget(plugin.name)
            raise
        finally:
            _loading = None


def _forget(file: str) -> None:
    """Take out what an earlier text of a file has registered."""
    for kind, name in [key for key, owner in _owners.items() if owner.name == file]:
        del _owners[kind, name], _registries[kind][name]


def owners(named: Iterable[tuple[str, str]]) -> list[Plugin]:
    """Return the plug-ins that pairs of kind and name come from, each once, if they come from any.

    A pair is ("dataset", NAME), ("architecture", NAME) or ("method", NAME).
    """
    found = [_owners[each] for each in named if each in _owners]
    return list(dict.fromkeys(found))


def check_plugins(files: Mapping[str, Any]) -> None:
    """Raise TrainError unless every plug-in that a resolved study names has been loaded."""
    for file in files:
        if file not in {plugin.name for plugin in _owners.values()}:
            raise TrainError(f"it needs the plug-in {file}: add --plugin {file}, with its folder")


@contextmanager
def blamed(*plugins: Plugin, what: str = "") -> Iterator[None]:
    """Tell an error of a plug-in's code in a line that names what failed, its file and line.

    With `what`, every error in the block is told so; else those that pass through the file.

    Raises:
        TrainError: There was one.
    """
    try:
        yield
    except (Diverged, torch.cuda.OutOfMemoryError):
        raise
    except Exception as error:
        if isinstance(error, TrainError) and not what:
            raise
        for plugin in plugins:
            # A loader's worker sends its traceback as a text.
            sent = re.findall(rf'File "{re.escape(plugin.path)}", line (\d+), in (.+)', str(error))
            frames = traceback.extract_tb(error.__traceback__)
            own = [(each.lineno, each.name) for each in frames if each.filename == plugin.path]
            own = own or sent
            if not own and not what:
                continue
            line = error.lineno if isinstance(error, SyntaxError) else own[-1][0] if own else 0
            where = f"{plugin.name}, line {line}" if line else plugin.name
            text = error.msg if isinstance(error, SyntaxError) else str(error)
            if isinstance(error, ModuleNotFoundError):
                text += "; a plug-in is one file, and what it imports must be installed"
            kind = "" if isinstance(error, TrainError) else f"{type(error).__name__}: "
            if sent:
                kind, text = "", text.strip().splitlines()[-1]
            raise TrainError(f"{what or own[-1][1]} of {where}: {kind}{text}") from error
        raise


class Compressed(NamedTuple):
    """What a plug-in's method made: the network, and its masks where it gave some.

    `is_counted` says whether the parameters left say how much smaller it is; not where every
    parameter is still there, and has fewer bits.
    """

    network: nn.Module
    masks: dict[str, Tensor] | None
    is_counted: bool


def compress(
    name: str, network: nn.Module, batches: Batches, ratio: float, generator: torch.Generator
) -> Compressed:
    """Return a trained network compressed by the method `name` of a plug-in.

    Raises:
        TrainError: It fails, returns neither masks nor a module, masks that do not fit, or
            prunes another share than asked. The line names it and its file.
    """
    prune = METHODS[name].prune
    if prune is None:
        raise TypeError(f"{name} is no method of a plug-in")
    # A shape or name that is wrong is the plug-in's as well.
    with blamed(_owners["method", name], what=f"method {name!r}"):
        with seeded(generator), torch.enable_grad():
            answer = prune(deepcopy(network).eval(), batches, ratio, generator)
        if isinstance(answer, nn.Module):
            is_counted = _shapes(answer) != _shapes(network)
            if METHODS[name].finetune and not is_counted:
                raise TrainError(
                    "it returns a module with the same parameters, and fine-tuning would undo "
                    f"what was done to them: write @method({name!r}, finetune=False), or return "
                    "masks"
                )
            device = next(network.parameters()).device
            return Compressed(answer.to(device), None, is_counted)
        masks = _checked(network, answer)
        smaller = deepcopy(network)
        apply_masks(smaller, masks)
        total = sum(parameter.numel() for parameter in network.parameters())
        left = total - sum(int((~mask).sum()) for mask in masks.values())
        if left == 0 or abs(total / left / ratio - 1) > RATIO_TOLERANCE:
            raise TrainError(
                f"at ratio {ratio:g} its masks keep {left:,} of {total:,} parameters, where "
                f"{round(total / ratio):,} should stay: another share than asked, by more than "
                f"{RATIO_TOLERANCE:.0%}"
            )
        return Compressed(smaller, masks, is_counted=True)


def _shapes(network: nn.Module) -> dict[str, torch.Size]:
    return {name: parameter.shape for name, parameter in network.named_parameters()}


def _checked(network: nn.Module, answer: object) -> dict[str, Tensor]:
    """Return masks that fit the network, on its device."""
    if not isinstance(answer, Mapping):
        raise TrainError(
            f"it returns a {type(answer).__name__}: return masks (a dict of bool tensors by "
            "parameter name) or a module"
        )
    parameters, masks = dict(network.named_parameters()), {}
    for name, mask in answer.items():
        if name not in parameters:
            raise TrainError(f"{name!r} is no parameter{nearest(str(name), parameters)}")
        shape = parameters[name].shape
        if not isinstance(mask, Tensor) or mask.dtype != torch.bool or mask.shape != shape:
            found = (
                f"{mask.dtype} of shape {tuple(mask.shape)}"
                if isinstance(mask, Tensor)
                else f"a {type(mask).__name__}"
            )
            raise TrainError(f"its mask of {name} is {found}, not bool of shape {tuple(shape)}")
        masks[name] = mask.to(parameters[name].device)
    return masks
