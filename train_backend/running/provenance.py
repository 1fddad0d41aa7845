"""Where counts come from: the provenance of a unit's part, and of the whole study's table."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from importlib import metadata

import torch

from data_contracts import Provenance
from train_backend.running.units import CODE_VERSION
from train_backend.studies.study import Study, resolved_settings
from train_backend.training.devices import CPU_THREADS, describe_device
from train_backend.training.streams import SEED_POLICY

LIBRARIES = ("torch", "torchvision", "numpy", "scikit-learn", "pyarrow", "llvmlite")


def origin_on(study: Study, device: torch.device) -> Provenance:
    """Return where counts of this study come from that this machine makes on `device`.

    There is no clock in it: the same run gives the same bytes.
    """
    return Provenance(
        producer=f"rdtrain {metadata.version('rdstats')}",
        study=resolved_settings(study),
        seed_policy=SEED_POLICY,
        code_version=f"{metadata.version('rdstats')}, counts {CODE_VERSION}",
        device=describe_device(device),
        library_versions={"python": platform.python_version(), **_installed()},
        notes=(f"{CPU_THREADS} torch thread per process",) if device.type == "cpu" else (),
    )


def origin_of_all(study: Study, origins: Sequence[Provenance], *, but: str) -> Provenance:
    """Return the provenance of a study's table; where its parts differ, every value is named.

    Args:
        study: The study as it is now; it may have grown since a part was written.
        origins: Of each part.
        but: Notes that begin like this are the parts' own and stay behind.
    """
    names = sorted({name for origin in origins for name in origin.library_versions})
    return Provenance(
        producer=_every(origin.producer for origin in origins),
        study=resolved_settings(study),
        seed_policy=_every(origin.seed_policy for origin in origins),
        code_version=_every(origin.code_version for origin in origins),
        device=_every(origin.device for origin in origins),
        library_versions={
            name: _every(origin.library_versions.get(name) for origin in origins) for name in names
        },
        notes=tuple(
            sorted({note for each in origins for note in each.notes if not note.startswith(but)})
        ),
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
