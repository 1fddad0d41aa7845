"""The errors of the training side that a user may see."""

from __future__ import annotations

from data_contracts.errors import RdstatsError


class TrainError(RdstatsError):
    """A study, data set, architecture or score that cannot be trained or pruned as asked."""
