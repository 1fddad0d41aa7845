"""Devices: which one is chosen, and that torch is left as it was."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import torch

from train_backend.errors import TrainError
from train_backend.training.devices import choose_device, repeatable


def test_auto_is_cuda_where_there_is_one_and_else_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same command works on both kinds of machine."""
    for has_cuda, expected in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda has_cuda=has_cuda: has_cuda)
        assert choose_device("auto").type == expected


def test_a_gpu_that_is_not_there_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Never a quiet fall back to the CPU."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(TrainError, match="no CUDA device on this machine: use --device cpu"):
        choose_device("cuda")
    with pytest.raises(TrainError, match="no Apple GPU on this machine: use --device cpu"):
        choose_device("mps")


def test_repeatable_runs_on_one_thread_and_puts_torch_back() -> None:
    """Counts depend on the number of threads; a caller's settings are the caller's."""
    memory: Any = torch.utils.deterministic

    def settings() -> tuple[int, bool, bool]:
        deterministic = torch.are_deterministic_algorithms_enabled()
        return torch.get_num_threads(), deterministic, memory.fill_uninitialized_memory

    before = settings()
    with repeatable(torch.device("cpu")):
        assert settings() == (1, True, False)
    assert settings() == before


def test_training_loads_no_compiler() -> None:
    """It would take a second and 150 MB of every process."""
    program = (
        "import sys, torch\n"
        "from train_backend.training.devices import repeatable\n"
        "from train_backend.training.steps import Sgd\n"
        "weight = torch.ones(2, requires_grad=True)\n"
        "with repeatable(torch.device('cpu')):\n"
        "    sgd = Sgd([weight], momentum=0.9, nesterov=True, weight_decay=0.1)\n"
        "    sgd.descend(weight.sum(), 0.1)\n"
        "assert not {'torch._dynamo', 'torch._inductor'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
