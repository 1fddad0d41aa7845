"""Ray: models as tasks on a cluster. What they finish comes back, and this process writes parts.

Nothing but this module imports Ray (the extra `ray`). Machines and workers may die: Ray does
their tasks again elsewhere; a condition that has come back is written at once, so nothing is lost,
and only this process writes, so nothing is doubled.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from data_contracts import RdstatsError
from train_backend.data import check_present
from train_backend.errors import TrainError
from train_backend.plugins import load_plugins
from train_backend.running.local import Tell, Workers, results_of
from train_backend.running.parts import Finished, Job, digest_of, write_part
from train_backend.running.provenance import Origin
from train_backend.studies.conditions import conditions_of
from train_backend.studies.study import Study
from train_backend.studies.workload import work_of
from train_backend.training.devices import choose_device

POLL_SECONDS = 0.5
CONNECT_SECONDS = 10.0
RETRIES = 10
"""How often a job is begun again after its worker or machine has died. An error of its own is
never tried again: it would come back."""


def do_job_here(
    job: Job, digest: str, device_name: str, root: Path | None
) -> Iterator[tuple[Finished, Origin]]:
    """Do a job on a machine of the cluster; each condition travels when it is done.

    `digest` is `digest_of_study` as the driver computes it.

    Raises:
        TrainError: This machine counts by another version of rdstats than the driver, the data
            set is missing here, there is no such device.
    """
    load_plugins(job.study.plugins)
    _refuse_another_version(job.study, digest)
    yield from results_of(job, choose_device(device_name), root=root)


def check_machine(study: Study, digest: str, root: Path | None) -> None:
    """Raise TrainError unless this machine counts as the driver does and has the data set."""
    load_plugins(study.plugins)
    _refuse_another_version(study, digest)
    try:
        check_present(study.dataset, root)
    except TrainError as missing:
        raise TrainError(f"machine {socket.gethostname()} of the cluster: {missing}") from missing


def digest_of_study(study: Study) -> str:
    """Return a hash of all that counts follow from, versions included."""
    return "".join(digest_of(study, 0, condition) for condition in conditions_of(study))


def _refuse_another_version(study: Study, digest: str) -> None:
    if digest_of_study(study) != digest:
        raise TrainError(
            f"another version of rdstats on {socket.gethostname()} would count otherwise: install "
            "the same on every machine"
        )


@contextmanager
def ray_workers(
    study: Study, *, device: str, root: Path | None, gpu_share: float
) -> Iterator[Workers]:
    """Give what does jobs as Ray tasks, once every machine is known to have what they need.

    The cluster is the one that RAY_ADDRESS names, else one that runs on this machine, else one
    that is started here, with all its cores, and ended with the block. Settings are those of
    `engine.run_study`; the device "auto" is cuda where the cluster has GPUs, and `root` is on
    every machine.

    Raises:
        TrainError: Ray is not installed or does not answer, the cluster has no such device or
            no machine with such a share of GPUs, a machine lacks the data set or has another
            version of rdstats.
    """
    with _cluster() as ray:
        device = _device_of_cluster(ray.cluster_resources(), device)
        if device == "cuda":
            check_gpu_share(ray.nodes(), gpu_share)
        kind, needed = ("GPU", gpu_share) if device == "cuda" else ("CPU", 1)
        _check_machines(ray, _machines_with(ray.nodes(), kind, needed), study, root)
        yield partial(_run_on_ray, ray, needed if kind == "GPU" else 0, device, root)


def _run_on_ray(
    ray: Any,
    gpus: float,
    device: str,
    root: Path | None,
    jobs: Sequence[Job],
    out: Path,
    tell: Tell,
) -> None:
    """Do every job and write each part in `out` as it comes back; see `local.Workers`."""
    task = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=RETRIES, num_returns="streaming")(
        do_job_here
    )
    pending = {task.remote(job, digest_of_study(job.study), device, root): job for job in jobs}
    while pending:
        ready, _ = ray.wait(list(pending), timeout=POLL_SECONDS)
        for stream in ready:
            job = pending[stream]
            reference = next(stream, None)
            if reference is None:
                del pending[stream]
                tell(0.0, 1)
                continue
            finished, origin = _result_of(ray, reference, job)
            write_part(out, job.study, finished, origin)
            tell(work_of(job.study, [finished.condition]).cost, 0)
        tell(0.0, 0)


def _check_machines(ray: Any, machines: Sequence[str], study: Study, root: Path | None) -> None:
    """Ask every machine, all at once, whether it could do a job; raise TrainError if one cannot.

    A machine that comes later, or is being lost, is not asked: its jobs say so themselves.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    asked = []
    for machine in machines:
        there = NodeAffinitySchedulingStrategy(machine, soft=False)
        # No cores: it need not wait for the jobs of others.
        task = ray.remote(num_cpus=0, scheduling_strategy=there)(check_machine)
        asked.append(task.remote(study, digest_of_study(study), root))
    for answer in asked:
        try:
            ray.get(answer)
        except ray.exceptions.RayTaskError as failed:
            raise _told_there(failed, "the check of a machine") from failed
        except ray.exceptions.RayError:
            continue


def _machines_with(nodes: Sequence[Mapping[str, Any]], kind: str, needed: float) -> list[str]:
    """Return the machines that may do a job; the first of a cluster often has no cores for it."""
    return [
        node["NodeID"]
        for node in nodes
        if node["Alive"] and node["Resources"].get(kind, 0) >= needed
    ]


def _result_of(ray: Any, reference: Any, job: Job) -> tuple[Finished, Origin]:
    try:
        result: tuple[Finished, Origin] = ray.get(reference)
    except ray.exceptions.RayTaskError as failed:
        raise _told_there(failed, _named(job)) from failed
    except ray.exceptions.RayError as lost:
        why = str(lost).strip().splitlines()[0]
        # Of these alone Ray tries again; any other has come once.
        has_died = (ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError)
        times = f" {RETRIES + 1} times" if isinstance(lost, has_died) else ""
        raise TrainError(
            f"{_named(job)} was lost on the cluster{times} ({type(lost).__name__}: {why}): "
            "what is done is kept, the same command goes on"
        ) from lost
    return result


def _told_there(failed: Any, what: str) -> RdstatsError:
    """Return the error that began a task's failure: Ray's own text is the traceback there."""
    if isinstance(failed.cause, RdstatsError):
        return failed.cause
    return TrainError(f"{what} failed on the cluster: {failed.cause!r}")


def _named(job: Job) -> str:
    return f"study {job.study.name}, model {job.model}"


def _device_of_cluster(resources: dict[str, float], name: str) -> str:
    """Return the device of the jobs: this machine's own devices do not matter."""
    has_gpus = resources.get("GPU", 0) > 0
    if name == "cuda" and not has_gpus:
        raise TrainError(
            "the Ray cluster has no GPU: use --device cpu, or start its machines with --num-gpus"
        )
    return ("cuda" if has_gpus else "cpu") if name == "auto" else name


def check_gpu_share(nodes: Sequence[Mapping[str, Any]], share: float) -> None:
    """Raise TrainError if no task of that many GPUs can ever begin: it would wait for ever."""
    if not (share <= 1 or share % 1 == 0):  # nan, too, which older typers let through
        raise TrainError(
            f"--gpu-share {share:g} is impossible: a model takes a part of one GPU (up to 1), or "
            "whole GPUs"
        )
    most = max(node["Resources"].get("GPU", 0) for node in nodes if node["Alive"])
    if share > most:
        raise TrainError(
            f"--gpu-share {share:g} is more than any machine of the Ray cluster has: {most:g} is "
            "the most"
        )


@contextmanager
def _cluster() -> Iterator[Any]:
    """Connect to a cluster, or start one here; leave it, which ends what still runs of ours."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # The devices of a task without GPU stay as they are: Ray would hide them with a warning.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError as missing:
        raise TrainError(
            "--engine ray needs ray, which this Python does not have: "
            'type `pip install "rdstats[ray]"`'
        ) from missing
    address = os.environ.get("RAY_ADDRESS", "")
    try:
        knock(address)
        handler = signal.getsignal(signal.SIGTERM)
        ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        if threading.current_thread() is threading.main_thread():
            # Ray's own handler would end this process without a word.
            signal.signal(signal.SIGTERM, handler)
    except (OSError, RuntimeError, ValueError) as silent:
        where = f"at RAY_ADDRESS={address}" if address else "here"
        why = " ".join(str(silent).split())
        raise TrainError(f"no Ray cluster can be reached or started {where}: {why}") from silent
    try:
        yield ray
    finally:
        ray.shutdown()


def knock(address: str) -> None:
    """Raise OSError if nothing listens there; Ray itself would try for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdigit():
        # An IPv6 host stands in brackets, which are no part of it.
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS).close()
