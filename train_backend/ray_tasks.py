"""Ray: units as tasks on a cluster. Their results come back, and this process writes the parts.

Nothing but this module imports Ray (the extra `ray`). Machines and workers may die: Ray does
their tasks again elsewhere; what has come back is written at once, so nothing is lost, and only
this process writes, so nothing is doubled.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from data_contracts import RdstatsError
from train_backend.devices import choose_device
from train_backend.errors import TrainError
from train_backend.results import Result, do_unit
from train_backend.units import Unit

POLL_SECONDS = 0.5
CONNECT_SECONDS = 10.0
RETRIES = 10
"""How often a unit is begun again after its worker or machine has died. An error of its own is
never tried again: it would come back."""


def do_unit_here(unit: Unit, digest: str, device_name: str, root: Path | None) -> Result:
    """Do a unit on a machine of the cluster.

    Args:
        unit: What to do.
        digest: Of the unit as the driver computes it: of its settings and both versions.
        device_name: As for `choose_device`.
        root: Folder of the data sets; None for the default.

    Raises:
        TrainError: This machine counts by another version of rdstats than the driver, the data
            set is missing here, a model diverges, there is no such device.
    """
    if unit.digest != digest:
        raise TrainError(
            f"{_named(unit)}: another version of rdstats on {socket.gethostname()} would count "
            "otherwise: install the same on every machine"
        )
    return do_unit(unit, choose_device(device_name), root)


def run_on_ray(
    units: Sequence[Unit],
    out: Path,
    *,
    device: str,
    root: Path | None,
    gpu_share: float,
    watch: Callable[[float, int], None],
) -> None:
    """Do every unit as a Ray task and write its part in `out` as it comes back.

    The cluster is the one that RAY_ADDRESS names, else one that runs on this machine, else one
    that is started here, with all its cores, and ended with this call.

    Args:
        units: What to do.
        out: The study's folder, on this machine.
        device: "auto", "cpu", "cuda" or "mps"; "auto" is cuda where the cluster has GPUs.
        root: Folder of the data sets on every machine; None for the default there.
        gpu_share: GPUs that a unit takes, e.g. 0.25 for four units side by side on each.
        watch: Told the cost and the models done by now, when there are more and now and then.

    Raises:
        TrainError: Ray is not installed or does not answer, the cluster has no such device or
            no machine with such a share of GPUs, a unit failed, with its own word, or its
            machines kept dying.
    """
    with _cluster() as ray:
        device = _device_of_cluster(ray.cluster_resources(), device)
        if device == "cuda":
            _check_gpu_share(ray.nodes(), gpu_share)
        task = ray.remote(
            num_cpus=1, num_gpus=gpu_share if device == "cuda" else 0, max_retries=RETRIES
        )(do_unit_here)
        pending = {task.remote(unit, unit.digest, device, root): unit for unit in units}
        cost, models = 0.0, 0
        while pending:
            ready, _ = ray.wait(list(pending), timeout=POLL_SECONDS)
            for reference in ready:
                unit = pending.pop(reference)
                _result_of(ray, reference, unit).write(out)
                cost, models = cost + unit.work.cost, models + len(unit.stack)
            watch(cost, models)


def _result_of(ray: Any, reference: Any, unit: Unit) -> Result:
    try:
        result: Result = ray.get(reference)
    except ray.exceptions.RayTaskError as failed:
        # Ray's own text is the traceback there; the user's is the error that began it.
        if isinstance(failed.cause, RdstatsError):
            raise failed.cause from failed
        raise TrainError(f"{_named(unit)} failed on the cluster: {failed.cause!r}") from failed
    except ray.exceptions.RayError as lost:
        why = str(lost).strip().splitlines()[0]
        # Of these alone Ray tries again; any other has come once.
        has_died = (ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError)
        times = f" {RETRIES + 1} times" if isinstance(lost, has_died) else ""
        raise TrainError(
            f"{_named(unit)} was lost on the cluster{times} ({type(lost).__name__}: {why}): "
            "finished models are kept, the same command goes on"
        ) from lost
    return result


def _named(unit: Unit) -> str:
    several = "s" if len(unit.stack) > 1 else ""
    return f"study {unit.study.name}, model{several} {', '.join(map(str, unit.stack))}"


def _device_of_cluster(resources: dict[str, float], name: str) -> str:
    """Return the device of the units: this machine's own devices do not matter."""
    has_gpus = resources.get("GPU", 0) > 0
    if name == "cuda" and not has_gpus:
        raise TrainError(
            "the Ray cluster has no GPU: use --device cpu, or start its machines with --num-gpus"
        )
    return ("cuda" if has_gpus else "cpu") if name == "auto" else name


def _check_gpu_share(nodes: Sequence[Mapping[str, Any]], share: float) -> None:
    """Raise TrainError if no task of that many GPUs can ever begin: it would wait for ever.

    Args:
        nodes: The machines, as `ray.nodes()` lists them.
        share: GPUs that a unit takes, all on one machine.
    """
    if share > 1 and share != int(share):
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
        ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
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
