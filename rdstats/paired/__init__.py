"""Two proportions of the same samples: tests, intervals, power and verdicts of one pair."""
