"""Units as Ray tasks, as far as no cluster is needed; with one: test_rdtrain_ray.py."""

from __future__ import annotations

import pytest

from small_studies import small_study
from train_backend.errors import TrainError
from train_backend.running.parts import Job
from train_backend.running.ray_tasks import check_gpu_share, digest_of_study, do_job_here


def test_a_worker_of_another_version_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its part would lie under the driver's name, and pass for the driver's counts."""
    job = Job(small_study(models=1), 0, ())
    digest = digest_of_study(job.study)
    monkeypatch.setattr("train_backend.running.parts.CODE_VERSION", 0)
    with pytest.raises(TrainError, match=r"another version of rdstats on .*: install the same"):
        next(do_job_here(job, digest, "cpu", None))


@pytest.mark.parametrize("share", [1.5, float("nan"), float("inf")])
def test_a_share_that_no_gpu_can_give_is_refused(share: float) -> None:
    """Ray would wait for ever."""
    with pytest.raises(TrainError, match="is impossible"):
        check_gpu_share([{"Alive": True, "Resources": {"GPU": 2.0}}], share)
