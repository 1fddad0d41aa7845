"""Local processes: several units at once on one machine, one core each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import connection, resource_tracker
from multiprocessing.context import BaseContext, SpawnContext
from multiprocessing.sharedctypes import Synchronized
from typing import TYPE_CHECKING, Any, Protocol

from train_backend.datasets.libraries import library_of
from train_backend.errors import TrainError
from train_backend.units import Unit
from train_backend.work import Progress, Work

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
            context = _context(library_of(units[0].study.dataset))
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
    context.set_forkserver_preload(["train_backend.engine", library])
    return context


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
