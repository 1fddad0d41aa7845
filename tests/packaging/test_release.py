"""What goes out beside the code: the action, the citation, the texts that an index shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
ACTION = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))
GOOD = "y_true,y_pred\n" + "cat,cat\n" * 200 + "dog,dog\n" * 200
HARMED = GOOD.replace("cat,cat\n", "cat,dog\n", 90)
FEW = "y_true,y_pred\n" + "cat,cat\n" * 20 + "dog,dog\n" * 20


@pytest.mark.parametrize(
    ("before", "after", "inconclusive", "code", "gate"),
    [
        (GOOD, GOOD, "fail", 0, "pass"),
        (GOOD, HARMED, "warn", 1, "fail"),
        (FEW, FEW, "warn", 0, "inconclusive"),
        (FEW, FEW, "pass", 0, "inconclusive"),
        (FEW, FEW, "fail", 3, "inconclusive"),
        (GOOD, FEW, "warn", 4, ""),
        (GOOD, GOOD, "ignore", 2, ""),
    ],
)
def test_the_action_ends_as_the_gate_and_the_user_say(
    tmp_path: Path, before: str, after: str, inconclusive: str, code: int, gate: str
) -> None:
    """Its step, run by bash as GitHub runs it: the output, the exit code, the page."""
    (step,) = ACTION["runs"]["steps"]
    given = {name: each.get("default", "") for name, each in ACTION["inputs"].items()}
    given |= {"before": "before.csv", "after": "after.csv", "inconclusive": inconclusive}
    given |= {"install": "", "folder": "my verdict"}
    environment = {
        name: given[re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", value)[1]]  # type: ignore[index]
        for name, value in step["env"].items()
    }
    for name, text in {"before.csv": before, "after.csv": after}.items():
        (tmp_path / name).write_text(text)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        env={**os.environ, **environment, "PATH": path, "GITHUB_OUTPUT": "output"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    output = tmp_path / "output"
    assert (output.read_text() if output.exists() else "") == (f"gate={gate}\n" if gate else "")
    assert (tmp_path / "my verdict" / "index.html").exists() == bool(gate)
    assert ("::warning::" in done.stdout) == (inconclusive == "warn" and gate == "inconclusive")


def test_the_citation_names_the_version_that_is_built() -> None:
    """pyproject.toml has it."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]


@pytest.mark.parametrize("name", ["ci", "release"])
def test_the_workflows_are_yaml_and_call_targets_that_exist(name: str) -> None:
    """Nobody notices a workflow that cannot start."""
    text = (REPOSITORY / ".github" / "workflows" / f"{name}.yml").read_text()
    jobs = yaml.safe_load(text)["jobs"]
    assert all("steps" in job for job in jobs.values())
    targets = re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"run: make ([a-z-]+)", text)) <= set(targets)
