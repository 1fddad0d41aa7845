"""The engine: runs what is left of a study, here or on a cluster, then writes its recall table."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from train_backend.errors import TrainError
from train_backend.running.checkpoints import CHECKPOINTS
from train_backend.running.folder import check_output, opened_output
from train_backend.running.local import Tell, Workers, local_workers
from train_backend.running.parts import (
    Job,
    Say,
    diverged_of,
    jobs_left,
    models_of,
    part_path,
    set_aside,
)
from train_backend.running.ray_tasks import ray_workers
from train_backend.running.tables import write_tables
from train_backend.studies.conditions import conditions_of
from train_backend.studies.study import Study
from train_backend.studies.workload import work_of
from train_backend.training.devices import choose_device


@dataclass(frozen=True)
class Status:
    """How far a run's share of the study is, earlier runs included; costs are in images trained.

    `cost_kept` was there when the run began.
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
        table: The recall table; None while conditions of other shares are missing.
        models_done: Models of the whole study that are done.
        models: Models of the whole study.
        diverged: Each model and condition whose training diverged, and by which step; the table
            is without them. Of this share alone while there is no table.
    """

    table: Path | None
    models_done: int
    models: int
    diverged: tuple[str, ...] = ()


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
    """Run what is left of a study, or of one share of it, and write its tables once all is done.

    Args:
        study: The resolved study.
        out: Its folder: `study.toml`, `_parts/`, and the tables.
        device: "auto", "cpu", "cuda" or "mps".
        root: Folder of the data sets; None for the default.
        shard: (i, n): the i-th of n shares, every n-th model.
        processes: How many models at once; None for one per core on the CPU, else one. With one
            they are trained in this process. Of the local engine alone.
        engine: "local" is this machine's cores or GPU, "ray" a cluster's (the extra `ray`).
        gpu_share: GPUs that a model takes on a cluster.
        watch: Told how far the run is, a few times a second.
        say: Told in a line what the user should know, such as a damaged part.

    Raises:
        RdstatsError: What went wrong, in one line. Finished conditions are kept.
        KeyboardInterrupt: Ctrl-C, with a line that says what is kept and how to go on.
    """
    models, conditions = models_of(study, shard), conditions_of(study)
    check_output(out, study)
    with ExitStack() as open_workers:

        def workers() -> Workers:
            if engine == "ray":
                ready = ray_workers(study, device=device, root=root, gpu_share=gpu_share)
                return open_workers.enter_context(ready)
            here = choose_device(device).type
            return local_workers(study.dataset, device=here, root=root, processes=processes)

        def kept() -> int:
            return sum(part_path(out, study, m, c).exists() for m in models for c in conditions)

        every = len(models) * len(conditions)
        # Before the folder is taken: where nothing can be done, no folder is left behind.
        do_jobs = workers() if kept() < every else None
        with opened_output(out, study, shard):
            left = jobs_left(out, study, models, lambda path, _: set_aside(path, say))
            tell = _told(watch, study, models, left)
            try:
                if left:  # what is done needs neither data nor cluster
                    (do_jobs or workers())(left, out, tell)
            except KeyboardInterrupt as stop:
                raise KeyboardInterrupt(
                    f"stopped: {kept()} of {every} conditions of {len(models)} models are done "
                    f"and kept in {out}; the same command goes on from there"
                ) from stop

            def tell_of_damage(path: Path, _: TrainError) -> None:
                say(f"{path.name}, of another share, is damaged: run that share again")

            missing = jobs_left(out, study, range(study.models), tell_of_damage)
            done = study.models - len(missing)
            diverged = tuple(diverged_of(out, study, models if missing else range(study.models)))
            if missing:
                return Outcome(None, done, study.models, diverged)
            table = write_tables(out, study)
            if not study.keep_weights:
                shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
            return Outcome(table, done, study.models, diverged)


def _told(watch: Watch, study: Study, models: Sequence[int], left: Sequence[Job]) -> Tell:
    """Return what adds up what has been done, and shows how far the run is."""
    cost = len(models) * work_of(study).cost
    kept = done = cost - sum(work_of(study, job.conditions).cost for job in left)
    finished = len(models) - len(left)

    def tell(more: float, models_more: int) -> None:
        nonlocal done, finished
        done, finished = done + more, finished + models_more
        watch(Status(finished, len(models), min(done, cost), kept, cost))

    tell(0.0, 0)
    return tell
