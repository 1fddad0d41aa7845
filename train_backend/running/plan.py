"""The plan: what a study would run, how much of it is done, and what the rest will cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data_contracts.limits import available_cores
from train_backend.running.folder import check_output
from train_backend.running.parts import Job, jobs_left, models_of
from train_backend.running.speeds import Speeds, measure_speeds
from train_backend.studies.conditions import conditions_of
from train_backend.studies.study import Study
from train_backend.studies.workload import Work, work_by_batch_size, work_of
from train_backend.training.devices import choose_device


@dataclass(frozen=True)
class Plan:
    """What is done of a study, or of one share of it, and what is left.

    Attributes:
        damaged: What is wrong with each damaged part, whose condition will be done again.
        work: Image passes of all the models.
        processes: How many models would be trained at once.
        speeds: Of one process on this machine, by the batch size of training; the study's first.
    """

    models: int
    models_done: int
    conditions: int
    conditions_done: int
    damaged: tuple[str, ...]
    work: Work
    work_left: Work
    processes: int
    speeds: Mapping[int, Speeds]
    seconds_left: float


def plan_study(
    study: Study,
    out: Path,
    *,
    device: str = "auto",
    shard: tuple[int, int] = (1, 1),
    seconds: float = 1.5,
) -> Plan:
    """Return the plan of a study, or of one share of it, on this machine. Nothing is written.

    Settings are those of `run_study`; `seconds` is how long to measure each speed.

    Raises:
        TrainError: The folder holds another study, or there is no such device.
    """
    chosen = choose_device(device)
    check_output(out, study)
    models = models_of(study, shard)
    damaged: list[str] = []
    left = jobs_left(out, study, models, lambda _, broken: damaged.append(str(broken)))
    processes = min(available_cores(), max(1, len(left))) if chosen.type == "cpu" else 1
    speeds = {
        size: measure_speeds(study, chosen, batch_size=size, seconds=seconds)
        for size in work_by_batch_size(study)
    }
    work_left = sum((work_of(study, job.conditions) for job in left), Work())
    every = len(models) * len(conditions_of(study))
    return Plan(
        models=len(models),
        models_done=len(models) - len(left),
        conditions=every,
        conditions_done=every - sum(len(job.conditions) for job in left),
        damaged=tuple(damaged),
        work=work_of(study) * len(models),
        work_left=work_left,
        processes=processes,
        speeds=speeds,
        seconds_left=_seconds(left, speeds, processes),
    )


def _seconds(left: list[Job], speeds: Mapping[int, Speeds], processes: int) -> float:
    """Return how long the last process is at work, each taking the next model that is left."""
    busy = [0.0] * processes
    for job in left:
        of_model = work_by_batch_size(job.study, job.conditions).items()
        seconds = sum(speeds[size].seconds(work) for size, work in of_model)
        busy[busy.index(min(busy))] += seconds
    return max(busy)
