"""docs/recorder.md as written: its programs, its commands, and the lines it counts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from commands import rdstats

GUIDE = (Path(__file__).parents[2] / "docs" / "recorder.md").read_text(encoding="utf-8")
PROGRAM = re.compile(
    r"^(\d+) lines of recording.*?^```python\n# (\S+)\n(.*?)^```\n\n```console\n(.*?)```",
    re.M | re.S,
)


@pytest.mark.parametrize("guide", PROGRAM.findall(GUIDE), ids=lambda found: found[1])
def test_a_program_of_the_guide_leaves_its_table_and_verdict(
    guide: tuple[str, str, str, str], tmp_path: Path
) -> None:
    """In as many lines of recording as it says; its commands end well."""
    lines, name, program, commands = guide
    if "torchvision" in program:
        try:
            import torchvision  # noqa: F401
        except (ImportError, RuntimeError) as reason:
            pytest.skip(f"torchvision cannot be imported: {reason}")
    assert program.count("# +\n") == int(lines)
    (tmp_path / name).write_text(program)
    for line in commands.splitlines():
        command, *words = line.removeprefix("$ ").split()
        if command == "python":
            done = subprocess.run(
                [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=False
            )
        else:
            done = rdstats(*words, cwd=tmp_path)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
