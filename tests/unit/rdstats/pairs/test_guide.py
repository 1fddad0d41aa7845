"""The guide to `rdstats check` runs as it is written."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from rd_cli.stats import app as stats

REPOSITORY = Path(__file__).parents[4]
GUIDE = REPOSITORY / "docs" / "check.md"

pytestmark = pytest.mark.skipif(not GUIDE.is_file(), reason="run this in a checkout")


@pytest.fixture(scope="module")
def text() -> str:
    """The guide."""
    return GUIDE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where its script has written the predictions."""
    place = tmp_path_factory.mktemp("guide")
    script = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    here = Path.cwd()
    os.chdir(place)
    try:
        exec(compile(script, "docs/check.md", "exec"), {})  # noqa: S102 -- our own page
    finally:
        os.chdir(here)
    return place


@pytest.mark.parametrize(("bits", "code"), [(3, 1), (4, 3), (8, 0)])
def test_the_real_pair_has_the_outcomes_that_the_guide_shows(
    text: str,
    folder: Path,
    bits: int,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit codes and verdicts; the last digits of a fit may differ between processors."""
    section = text.split(f"$ rdstats check before.csv {bits}-bits.csv")[1]
    command = f"rdstats check before.csv {bits}-bits.csv{section.splitlines()[0]}"
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    with pytest.raises(SystemExit) as left:
        stats.main()
    assert left.value.code == code
    shown = re.findall(r"```text\n(.*?)```", section, re.DOTALL)[0]
    printed = capsys.readouterr().out
    for sentence in (r"(?:\d+ of|None of|Each of) 10 classes[^.]*\.", r"Gate: .*?\. This is"):
        (found,) = re.findall(sentence, " ".join(printed.split()))
        assert found in " ".join(shown.split())


def test_the_assertion_for_a_test_runs(text: str) -> None:
    """On models that agree, and on one that lost a class."""
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[1]
    truth = np.repeat(np.arange(3), 100)
    names = {"labels_of_test": truth, "answers_before": truth}
    for after, holds in ((truth, True), (np.where(truth == 2, 0, truth), False)):
        space = {**names, "answers_after": after}
        exec(compile(code, "docs/check.md", "exec"), space)  # noqa: S102 -- our own page
        if holds:
            space["test_quantisation_harms_no_class"]()  # type: ignore[operator]
        else:
            with pytest.raises(AssertionError, match="2"):
                space["test_quantisation_harms_no_class"]()  # type: ignore[operator]


def test_every_column_of_the_classes_is_in_the_guide_or_in_the_statistics(text: str) -> None:
    """By name."""
    import rdstats

    statistics = (REPOSITORY / "docs" / "statistics.md").read_text(encoding="utf-8")
    truth = np.repeat(np.arange(2), 100)
    for column in rdstats.check_models(truth, truth, truth).classes.columns:
        assert f"`{column}`" in text + statistics


def test_the_page_on_language_models_shows_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Down to the end of the table, of the kept logs, with the exit code it names."""
    page = (REPOSITORY / "docs" / "language-models.md").read_text(encoding="utf-8")
    command, shown = re.findall(r"\$ (rdstats .*)\n```\n\n```text\n(.*?)```", page, re.DOTALL)[0]
    for model in ("base", "quantised"):
        (log,) = (REPOSITORY / "tests/fixtures/language-models" / model).glob("samples_*")
        shutil.copy(log, tmp_path / f"{model}.jsonl.gz")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    with pytest.raises(SystemExit) as left:
        stats.main()
    assert left.value.code == 1
    assert capsys.readouterr().out.startswith(shown.rstrip())
