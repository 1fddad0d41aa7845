"""The demo: an embedded study that runs in minutes on two cores, without a network."""

from __future__ import annotations

from train_backend.studies import Study
from train_backend.study_files import study_from_tables

DEMO = {
    "study": {
        "name": "digits-lenet5",
        "dataset": "digits",
        "architecture": "LeNet5",
        "methods": ["MP", "GP", "UP", "RP"],
        "ratios": [2, 4, 10, 20, 50],
        "models": 30,
        "recipe": "digits",
    }
}


def demo_study() -> Study:
    """Return the study of `rdtrain demo`: the design of Section 6.1 on scikit-learn's digits."""
    return study_from_tables(DEMO, default_name="digits-lenet5")
