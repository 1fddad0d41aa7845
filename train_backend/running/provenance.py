"""Where counts come from: the machine that made a part, and the provenance of a study's table."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from importlib import metadata
from typing import Any

import torch

from data_contracts import Provenance
from data_contracts.provenance import own_release
from train_backend.studies.study import Study, resolved_settings
from train_backend.studies.weights import weights_hash
from train_backend.training.devices import CPU_THREADS, describe_device
from train_backend.training.streams import SEED_POLICY

CODE_VERSION = 2
"""Raise it when a change of the code changes any count: older parts are then done again."""

LIBRARIES = ("torch", "torchvision", "numpy", "scikit-learn", "pyarrow", "llvmlite")

Origin = dict[str, Any]
"""What a part says of its machine: attributes of `Provenance`, by name."""


def origin_on(device: torch.device) -> Origin:
    """Return where counts come from that this machine makes on `device`.

    There is no clock in it: the same run gives the same bytes.
    """
    version = own_release()
    return {
        "producer": f"rdtrain {version}",
        "code_version": f"{version}, counts {CODE_VERSION}",
        "device": describe_device(device),
        "library_versions": {"python": platform.python_version(), **_installed()},
        "notes": [f"{CPU_THREADS} torch thread per process"] if device.type == "cpu" else [],
    }


def provenance_of(study: Study, origins: Sequence[Origin], diverged: Iterable[str]) -> Provenance:
    """Return the provenance of a study's table; where its parts differ, every value is named.

    The study is as it is now: it may have grown since a part was written.
    """
    libraries = [origin["library_versions"] for origin in origins]
    names = sorted({name for each in libraries for name in each})
    given = []
    if study.weights:
        hashes = (weights_hash(study.weights, model) for model in range(study.models))
        given = [f"weights of model {model}: {each}" for model, each in enumerate(hashes)]
    notes = sorted({note for origin in origins for note in origin["notes"]})
    return Provenance(
        producer=_every(origin["producer"] for origin in origins),
        study=resolved_settings(study),
        seed_policy=SEED_POLICY,
        code_version=_every(origin["code_version"] for origin in origins),
        device=_every(origin["device"] for origin in origins),
        library_versions={name: _every(each.get(name) for each in libraries) for name in names},
        notes=(*notes, *given, *(f"diverged: {each}" for each in diverged)),
    )


def _every(values: Iterable[str | None]) -> str:
    return "; ".join(sorted({str(value) for value in values}))


def _installed() -> dict[str, str]:
    versions = {}
    for library in LIBRARIES:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:  # the digits do without torchvision
            continue
    return versions
