"""What does the units of a run: this machine's processes or a cluster's."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing import connection, resource_tracker
from multiprocessing.context import BaseContext, SpawnContext
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch

from data_contracts.cores import available_cores
from train_backend.data import check_present
from train_backend.data.files import LAYOUTS
from train_backend.errors import TrainError
from train_backend.running.parts import write_weights
from train_backend.running.results import do_unit
from train_backend.running.units import Unit
from train_backend.studies.workload import Progress, Work

Tell = Callable[[float, int], None]
"""Told the cost and the models done by now, when there are more and now and then."""


class Workers(Protocol):
    """Does units; ready to begin."""

    def __call__(self, units: Sequence[Unit], out: Path, tell: Tell, /) -> None:
        """Do every unit and write its part in the study's folder `out`.

        Raises:
            TrainError: A unit failed, with its own word, or a process or machine died.
        """


if TYPE_CHECKING:  # Windows has no server to fork from, at run time either
    from multiprocessing.context import ForkServerContext, ForkServerProcess, SpawnProcess

POLL_SECONDS = 0.2


class Job(Protocol):
    """Does one unit and keeps its result. It is sent to the processes, so it must pickle."""

    def __call__(self, unit: Unit, progress: Progress, /) -> None:
        """Do `unit`, telling `progress` of the work just done."""


class Tally:
    """What each process has done so far: written by it alone, read by the parent."""

    def __init__(self, context: BaseContext, processes: int) -> None:
        self.cost = context.RawArray("d", processes)
        self.models = context.RawArray("q", processes)


def run_in_processes(
    job: Job, units: Sequence[Unit], processes: int, watch: Callable[[float, int], None]
) -> None:
    """Do every unit in one of `processes` fresh processes, each with the next one left.

    Whatever ends this call (an error, Ctrl-C) ends the processes; should this process be
    killed, they end themselves.

    Args:
        job: Does one unit.
        units: What to do.
        processes: How many at once.
        watch: Told a few times a second the cost and the models done by now.

    Raises:
        TrainError: A unit failed, with its own word, or a process died.
    """
    workers: list[ForkServerProcess | SpawnProcess] = []
    try:
        # A Ctrl-C between a semaphore's making and its bookkeeping would leave it behind.
        with _interrupts_later():
            context = _context(_library_of(units[0].study.dataset))
            tally = Tally(context, processes)
            upcoming, errors = context.Value("q", 0), context.SimpleQueue()
            for slot in range(processes):
                arguments = (job, units, upcoming, tally, slot, errors)
                worker = context.Process(target=_work, args=arguments, daemon=True)
                workers.append(worker)
                worker.start()
        running = list(workers)
        while running:
            connection.wait([worker.sentinel for worker in running], timeout=POLL_SECONDS)
            watch(sum(tally.cost), sum(tally.models))
            for worker in running:
                if worker.exitcode:
                    _fail(errors, worker.exitcode)
            running = [worker for worker in running if worker.exitcode is None]
    finally:
        for worker in workers:
            if worker.is_alive():
                worker.kill()  # a part is whole or not there, so nothing is lost
        for worker in workers:
            if worker.pid is not None:
                worker.join()


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Let Ctrl-C wait until all processes have started; theirs is never to answer it.

    Else it would fall into a process half made, or end the server with a traceback while it
    imports torch.
    """
    is_ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # as by nohup
    if is_ignored or threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupts: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    if hasattr(signal, "pthread_sigmask"):  # not on Windows; what is started now inherits it
        # Started later it would let the signals through again, before the server ignores them.
        resource_tracker.ensure_running()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if interrupts:
        raise KeyboardInterrupt


def _context(library: str) -> ForkServerContext | SpawnContext:
    """Return how processes are started. Not by fork: the threads of this one would not survive.

    A server that has nothing but imported torch, and `library`, which reads the data set, forks
    them, where the system can; else each imports both anew, which takes seconds.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["train_backend.running.engine", library])
    return context


def _library_of(dataset: str) -> str:
    """Return the module whose import takes most of the time of reading a data set first.

    A second or two of every process: `python -X importtime -c "import torchvision.datasets"`.
    """
    is_published = dataset in LAYOUTS
    return "train_backend.data.preloaded_torchvision" if is_published else "sklearn.datasets"


def _work(
    job: Job,
    units: Sequence[Unit],
    upcoming: Synchronized[int],
    tally: Tally,
    slot: int,
    errors: Any,
) -> None:
    """Do units until none is left; the error of a unit goes to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_die_with_parent, daemon=True).start()

    def progress(work: Work) -> None:
        tally.cost[slot] += work.cost

    while True:
        with upcoming.get_lock():
            number = upcoming.value
            upcoming.value += 1
        if number >= len(units):
            os._exit(0)  # all is written; to unload torch in good order takes seconds
        try:
            job(units[number], progress)
        except Exception as error:
            error.add_note(traceback.format_exc())  # it does not travel by itself
            errors.put(error)
            raise SystemExit(1) from None
        tally.models[slot] += 1


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _fail(errors: Any, exit_code: int) -> None:
    """Raise what a process died of."""
    if not errors.empty():
        raise errors.get()
    raise TrainError(
        f"a training process was ended from outside (exit code {exit_code}; is the memory "
        "full?): finished models are kept, the same command goes on"
    )


@contextmanager
def local_workers(
    unit: Unit, *, device: str, root: Path | None, processes: int | None
) -> Iterator[Workers]:
    """Give what does units on this machine, once all that they need is known to be here.

    Args:
        unit: Any of them.
        device: "cpu", "cuda" or "mps".
        root: Folder of the data sets; None for the default.
        processes: How many units at once; None for one per core on the CPU, else one. With one
            they run in this process.

    Raises:
        TrainError: The data set is not here.
    """
    check_present(unit.study.dataset, root)
    yield partial(_run_locally, device=device, root=root, processes=processes)


def _run_locally(
    units: Sequence[Unit],
    out: Path,
    tell: Tell,
    *,
    device: str,
    root: Path | None,
    processes: int | None,
) -> None:
    """Do every unit and write its part in `out`; see `workers.Workers`."""
    job = partial(_do_and_write, out, device, root)
    if processes is None:
        processes = min(available_cores(), len(units)) if device == "cpu" else 1
    if processes > 1:
        run_in_processes(job, units, processes, tell)
        return
    cost, models = 0.0, 0

    def progress(work: Work) -> None:
        nonlocal cost
        cost += work.cost
        tell(cost, models)

    for unit in units:
        job(unit, progress)
        models += 1
        tell(cost, models)


def _do_and_write(
    out: Path, device: str, root: Path | None, unit: Unit, progress: Progress
) -> None:
    """Do a unit and write what it leaves; weights at once, so that none wait in memory."""
    keep = partial(write_weights, out)
    do_unit(unit, torch.device(device), root, keep=keep, progress=progress).write(out)
