"""This machine: the models of a run one after another, or several at once in processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import connection, resource_tracker
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from data_contracts.limits import available_cores
from train_backend.data import check_present
from train_backend.data.files import LAYOUTS
from train_backend.errors import TrainError
from train_backend.plugins import blamed, load_plugins
from train_backend.running.compression import finish
from train_backend.running.experiment import Experiment
from train_backend.running.parts import Finished, Job, write_part
from train_backend.running.provenance import Origin, origin_on
from train_backend.studies.workload import Progress, Work
from train_backend.training.devices import enough_memory, repeatable

if TYPE_CHECKING:  # Windows has no server to fork from, at run time either
    from multiprocessing.context import ForkServerContext, SpawnContext

POLL_SECONDS = 0.2

Tell = Callable[[float, int], None]
"""Told the cost and the models done since it was last told, and now and then that none are."""

Workers = Callable[[Sequence[Job], Path, Tell], None]
"""Does every job and writes its parts in the study's folder: this machine's processes or a
cluster's. Raises TrainError if a job failed, with its own word, or a process or machine died."""

Do = Callable[[Job, Progress], None]
"""Does one job, telling of the work just done. It is sent to the processes, so it must pickle."""


def local_workers(
    dataset: str, *, device: str, root: Path | None, processes: int | None
) -> Workers:
    """Return what does jobs on this machine; settings as of `engine.run_study`, but no "auto".

    Raises:
        TrainError: The data set is not here.
    """
    check_present(dataset, root)
    at_once = processes or (available_cores() if device == "cpu" else 1)

    def do_jobs(jobs: Sequence[Job], out: Path, tell: Tell) -> None:
        do = partial(_do_job, out=out, device_name=device, root=root)
        if min(at_once, len(jobs)) > 1:
            run_in_processes(do, jobs, min(at_once, len(jobs)), tell)
            return
        for job in jobs:
            do(job, lambda work: tell(work.cost, 0))
            tell(0.0, 1)

    return do_jobs


def _do_job(
    job: Job, progress: Progress, *, out: Path, device_name: str, root: Path | None
) -> None:
    """Do what is left of a model, writing each part at once."""
    results = results_of(job, torch.device(device_name), root=root, out=out, progress=progress)
    for finished, origin in results:
        write_part(out, job.study, finished, origin)


def results_of(job: Job, device: torch.device, **where: Any) -> Iterator[tuple[Finished, Origin]]:
    """Do a job here, and yield each condition when it is done; `where` is as of `Experiment`."""
    load_plugins(job.study.plugins)
    with repeatable(device), enough_memory(), blamed(*job.study.plugins):
        experiment = Experiment(job.study, job.model, device=device, **where)
        for finished in finish(experiment, job.conditions):
            yield finished, origin_on(device)


def run_in_processes(do: Do, jobs: Sequence[Job], processes: int, tell: Tell) -> None:
    """Do every job in one of `processes` fresh processes, each with the next one left.

    Whatever ends this call (an error, Ctrl-C) ends the processes; should this process be
    killed, they end themselves.

    Raises:
        TrainError: A job failed, with its own word, or a process died.
    """
    others = set(multiprocessing.active_children())
    # A Ctrl-C between a semaphore's making and its bookkeeping would leave it behind.
    with _interrupts_later():
        context = _context(jobs[0].study.dataset)
        cost = context.Value("d", 0.0)
        pool = ProcessPoolExecutor(processes, context, _begin, (cost,))
        pending = {pool.submit(do, job, _add) for job in jobs}
    told = 0.0
    try:
        while pending:
            done, pending = wait(pending, POLL_SECONDS, FIRST_COMPLETED)
            for each in done:
                each.result()
            now = cost.value
            tell(now - told, len(done))
            told = now
    except BrokenProcessPool as broken:
        raise TrainError(
            "a training process was ended from outside (is the memory full?): what is done is "
            "kept, the same command goes on"
        ) from broken
    finally:
        # A part is whole or not there, so nothing is lost; to unload torch takes seconds.
        for worker in set(multiprocessing.active_children()) - others:
            worker.kill()
        pool.shutdown(cancel_futures=True)


_cost: Synchronized[float] | None = None
"""What the processes of a run have done together; set in each of them."""


def _begin(cost: Synchronized[float]) -> None:
    """Begin a training process."""
    global _cost
    _cost = cost
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _add(work: Work) -> None:
    if _cost is not None:
        with _cost.get_lock():
            _cost.value += work.cost


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until all processes have started; theirs is never to answer it.

    Else it would fall into a process half made, or end the server with a traceback while it
    imports torch.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupts: list[int] = []
    signals = signal.SIGINT, signal.SIGTERM
    handlers = [
        signal.signal(each, lambda number, _: interrupts.append(number)) for each in signals
    ]
    if hasattr(signal, "pthread_sigmask"):  # not on Windows; what is started now inherits it
        # Started later it would let the signals through again, before the server ignores them.
        resource_tracker.ensure_running()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for each, handler in zip(signals, handlers, strict=True):
            signal.signal(each, handler)
    for number in interrupts:
        signal.raise_signal(number)


def _context(dataset: str) -> ForkServerContext | SpawnContext:
    """Return how processes are started. Not by fork: the threads of this one would not survive.

    A server that has nothing but imported torch, and what reads the data set (a second or two of
    every process), forks them, where the system can; else each imports both anew.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    reader = "train_backend.data.preloaded_torchvision"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["train_backend.running.engine", reader if dataset in LAYOUTS else "sklearn.datasets"]
    )
    return context
