"""Units as Ray tasks, as far as no cluster is needed; with one: test_rdtrain_ray.py."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from small_studies import small_study
from train_backend.errors import TrainError
from train_backend.running.parts import Job
from train_backend.running.ray_tasks import digest_of_study, do_job_here, knock


def test_a_worker_of_another_version_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its part would lie under the driver's name, and pass for the driver's counts."""
    job = Job(small_study(models=1), 0, ())
    digest = digest_of_study(job.study)
    monkeypatch.setattr("train_backend.running.parts.CODE_VERSION", 0)
    with pytest.raises(TrainError, match=r"another version of rdstats on .*: install the same"):
        next(do_job_here(job, digest, "cpu", None))


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("[::1]:6379", ("::1", 6379)),
        ("10.0.0.1:6379", ("10.0.0.1", 6379)),
        ("ray://head:10001", ("head", 10001)),
    ],
)
def test_an_address_is_knocked_at_as_ray_writes_it(
    monkeypatch: pytest.MonkeyPatch, address: str, where: tuple[str, int]
) -> None:
    """The brackets of an IPv6 address are no part of it."""
    connect = Mock()
    monkeypatch.setattr("socket.create_connection", connect)
    knock(address)
    assert connect.call_args.args == (where,)


def test_where_nobody_listens_a_knock_fails() -> None:
    """At once, where Ray would try for minutes."""
    with pytest.raises(OSError, match="refused"):
        knock("127.0.0.1:1")
