"""The benchmark that measures stack sizes on a GPU runs, here on the CPU."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "stacks_on_gpu.py"


def test_the_benchmark_of_stacks_prints_a_line_per_size_and_a_ratio() -> None:
    """Of tiny runs, whose speed says nothing: the peer, both sizes, and the ratio last."""
    options = ["--device", "cpu", "--networks", "LeNet5", "--sizes", "1", "2", "--batches", "1"]
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), *options], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert [line.split("  ")[0] for line in lines[2:5]] == ["LeNet5"] * 3
    for size, line in zip((1, 2), lines[3:5], strict=True):
        assert re.search(rf"stack of +{size} +[0-9,]+ images a second, [0-9.]+ times$", line)
    assert re.fullmatch(r"ratio [0-9]+\.[0-9]", lines[-1])
