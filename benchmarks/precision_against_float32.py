"""Compare the counts of a study in bfloat16 with those in float32, beside the noise of seeds.

    python benchmarks/precision_against_float32.py [--device auto] [--models 8]
        [--architecture LeNet5] [--dataset digits]

Trains the same models in both precisions by torch, prunes them by MP at 4 and 10, fine-tunes, and
counts. Printed: machine, device and versions; for each the mean recall and the images
trained a second; the mean difference of a recall from float32 of the same seed, and between seeds
in float32. The last line is the ratio of bfloat16's difference to that between seeds: below 1, a
change of precision changes less than a change of seed.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import torch
from bench import machine
from torch import Tensor

from train_backend.errors import TrainError
from train_backend.lenet5_cpu import torch_alone
from train_backend.running.compression import finish
from train_backend.running.experiment import Experiment
from train_backend.running.tables import rows_of
from train_backend.studies.conditions import conditions_of
from train_backend.studies.files import study_from_tables
from train_backend.studies.study import Study
from train_backend.studies.workload import work_of
from train_backend.training.devices import Precision, choose_device, describe_device, repeatable


def recalls(study: Study, device: torch.device) -> tuple[Tensor, float]:
    """Return every recall, shape (models, conditions x classes), and images trained a second."""
    start, rows, trained = time.perf_counter(), [], 0
    with repeatable(device), torch_alone():
        for model in range(study.models):
            for done in finish(Experiment(study, model, device=device), conditions_of(study)):
                rows += [row["n_correct"] / row["n_samples"] for row in rows_of(study, done)]
            trained += work_of(study).training
    every = torch.tensor(rows, dtype=torch.float64).view(study.models, -1)
    return every, trained / (time.perf_counter() - start)


def main() -> None:
    """Run the study twice and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--models", type=int, default=8, help="how many, at least 2")
    parser.add_argument("--architecture", default="LeNet5")
    parser.add_argument("--dataset", default="digits")
    options = parser.parse_args()
    settings = {
        "architecture": options.architecture,
        "dataset": options.dataset,
        "models": options.models,
        "ratios": [4, 10],
        "recipe": "digits" if options.dataset == "digits" else "as described",
    }
    try:
        device = choose_device(options.device)
        study = study_from_tables({"study": settings}, default_name="precision")
    except TrainError as wrong:
        raise SystemExit(str(wrong)) from None
    print(machine())
    print(describe_device(device))
    precisions: tuple[Precision, Precision] = "float32", "bfloat16"
    found: dict[str, Tensor] = {}
    for precision in precisions:
        recipe = replace(study.recipe, precision=precision)
        found[precision], speed = recalls(replace(study, recipe=recipe), device)
        mean = float(found[precision].mean())
        print(f"{precision:9s} mean recall {mean:.4f}, {speed:,.0f} images trained a second")
    full, short = found["float32"], found["bfloat16"]
    seeds = torch.combinations(torch.arange(len(full)))
    between_seeds = float((full[seeds[:, 0]] - full[seeds[:, 1]]).abs().mean())
    print(f"difference of a recall between seeds: {between_seeds:.4f}")
    from_full = float((short - full).abs().mean())
    print(f"bfloat16, from float32 of the same seed: {from_full:.4f}")
    print(f"ratio {from_full / between_seeds:.2f}")


if __name__ == "__main__":
    main()
