"""The engine: runs what is left of a study, here or on a cluster, then writes its recall table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from data_contracts import ContractError
from train_backend.running.folder import check_output, opened_output
from train_backend.running.local import Tell, Workers, local_workers
from train_backend.running.parts import Say, finished_units, join_parts, part_path, set_aside
from train_backend.running.ray_tasks import ray_workers
from train_backend.running.units import Unit, units_of
from train_backend.studies.study import Study
from train_backend.training.devices import choose_device


@dataclass(frozen=True)
class Status:
    """How far a run is.

    Attributes:
        models_done: Models whose counts are kept, earlier runs included.
        models: Models of this run's share of the study.
        cost_done: Their cost and that of those at work, in images trained.
        cost_kept: What of it was there when the run began.
        cost: The cost of all.
    """

    models_done: int
    models: int
    cost_done: float
    cost_kept: float
    cost: float


Watch = Callable[[Status], None]

Engine = Literal["local", "ray"]


@dataclass(frozen=True)
class Outcome:
    """What a run has left.

    Attributes:
        table: The recall table; None while units of other shards are missing.
        models_done: Models of the whole study that are done.
        models: Models of the whole study.
    """

    table: Path | None
    models_done: int
    models: int


def run_study(
    study: Study,
    out: Path,
    *,
    device: str = "auto",
    root: Path | None = None,
    shard: tuple[int, int] = (1, 1),
    processes: int | None = None,
    engine: Engine = "local",
    gpu_share: float = 1.0,
    watch: Watch = lambda _: None,
    say: Say = lambda _: None,
) -> Outcome:
    """Run what is left of a study, or of one share of it, and write its table once all is done.

    Args:
        study: The resolved study.
        out: Its folder: `study.toml`, `_parts/`, `recall.parquet`.
        device: "auto", "cpu", "cuda" or "mps".
        root: Folder of the data sets; None for the default.
        shard: (i, n): the i-th of n shares.
        processes: How many units at once; None for one per core on the CPU, else one. With one
            they run in this process. Of the local engine alone.
        engine: "local" is this machine's cores or GPU, "ray" a cluster's (the extra `ray`).
        gpu_share: GPUs that a unit takes on a cluster.
        watch: Told how far the run is, a few times a second.
        say: Told in a line what the user should know, such as a damaged part.

    Raises:
        RdstatsError: What went wrong, in one line. Finished units are kept.
        KeyboardInterrupt: Ctrl-C, with a line that says what is kept and how to go on.
    """
    units = units_of(study, shard)
    check_output(out, study)
    with ExitStack() as open_workers:

        def workers() -> Workers:
            if engine == "ray":
                ready = ray_workers(units[0], device=device, root=root, gpu_share=gpu_share)
            else:
                here = choose_device(device).type
                ready = local_workers(units[0], device=here, root=root, processes=processes)
            return open_workers.enter_context(ready)

        # Before the folder is taken: where nothing can be done, no folder is left behind.
        do_units = workers() if _models_kept(out, units) < len(units) else None
        with opened_output(out, study, shard):
            finished = finished_units(out, units, lambda unit, _: set_aside(out, unit, say))
            left = _without(units, finished)
            tell = _told(watch, units, left)
            try:
                if left:  # what is done needs neither data nor cluster
                    (do_units or workers())(left, out, tell)
            except KeyboardInterrupt as stop:
                raise KeyboardInterrupt(
                    f"stopped: {_models_kept(out, units)} of {len(units)} models are done and "
                    f"kept in {out}; the same command goes on from there"
                ) from stop
            done = len(finished_units(out, units_of(study), partial(_tell_of_damage, say)))
            table = join_parts(out, study) if done == study.models else None
            return Outcome(table, done, study.models)


def _tell_of_damage(say: Say, unit: Unit, _: ContractError) -> None:
    """Tell of a damaged part of another share, which only a run of that share may set aside."""
    say(f"the part of model {unit.model}, of another share, is damaged: run that share again")


def _without(units: Sequence[Unit], finished: Sequence[Unit]) -> list[Unit]:
    done = {unit.model for unit in finished}
    return [unit for unit in units if unit.model not in done]


def _models_kept(out: Path, units: Sequence[Unit]) -> int:
    return sum(part_path(out, unit).exists() for unit in units)


def _told(watch: Watch, units: Sequence[Unit], left: Sequence[Unit]) -> Tell:
    """Return what makes a status of the cost and the models that this run has done by now."""
    cost = sum(unit.work.cost for unit in units)
    kept = cost - sum(unit.work.cost for unit in left)
    models = len(units)
    models_kept = models - len(left)

    def tell(cost_here: float, models_here: int) -> None:
        watch(Status(models_kept + models_here, models, min(kept + cost_here, cost), kept, cost))

    tell(0.0, 0)
    return tell
