"""Errors of the statistics room; the message is one line: what, why, what to do."""

from __future__ import annotations

from data_contracts.errors import RdstatsError


class StatsError(RdstatsError):
    """The table or the options do not allow the analysis that was asked for."""


class SlopeUndefined(StatsError):  # noqa: N818 -- reads as the sentence that it raises
    """The slope alpha of one model does not exist: its denominator is zero."""
