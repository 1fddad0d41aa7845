"""Images that a GPU trains a second, by network, precision and models at once.

    python benchmarks/on_gpu.py [--device cuda] [--models 8] [--only ResNet-20]

Each cell is a study on Fashion-MNIST by the recipe as described, of four epochs before pruning and
one after: so many models as train at once, each in a process of its own. Rates are those from the
end of the first epoch on, and count an image that is only evaluated as a third. The peer is
one model in a plain loop of torch, its images on the GPU in random batches, without augmentation,
masks or evaluation, with torch's defaults, which need not repeat (TF32 and the fastest algorithm).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)

from train_backend.data import load_dataset
from train_backend.models import build_architecture
from train_backend.running.engine import Status, run_study
from train_backend.studies.files import study_from_tables
from train_backend.training.devices import choose_device, describe_device

NETWORKS = "LeNet5", "ResNet-20", "ResNet-56"
DATASET, BATCH, PEER_STEPS = "Fashion-MNIST", 128, 200


def rate_of_study(network: str, precision: str, models: int, device: str) -> float:
    """Return images a second of a study whose models train all at once."""
    before, after = ([{"epochs": epochs, "learning_rate": 0.01}] for epochs in (4, 1))
    recipe = {"training_phases": before, "finetuning_phases": after, "precision": precision}
    settings = {"dataset": DATASET, "architecture": network, "methods": ["MP"], "ratios": [4]}
    study = study_from_tables(
        {"study": {**settings, "models": models, "control": False}, "recipe": recipe},
        default_name="on-gpu",
    )
    seen: list[tuple[float, float]] = []

    def watch(status: Status) -> None:
        if status.cost_done and (not seen or status.cost_done > seen[-1][1]):
            seen.append((time.perf_counter(), status.cost_done))

    with tempfile.TemporaryDirectory() as folder:
        run_study(study, Path(folder) / "study", device=device, processes=models, watch=watch)
    (start, first), (end, last) = seen[0], seen[-1]
    return (last - first) / (end - start)


def rate_of_plain_loop(network: str, precision: str, device: torch.device) -> float:
    """Return images a second of one model in a plain loop."""
    draws = torch.Generator().manual_seed(0)
    padding = 2 if network.startswith("ResNet") else 0
    data = load_dataset(
        DATASET, root=None, device=device, split_generator=draws, padding=padding
    ).train
    size = data.images.shape[-1]
    model = build_architecture(network, channels=1, classes=10, image_size=size, generator=draws)
    model.to(device).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True)
    start = 0.0
    for step in range(PEER_STEPS + 20):
        if step == 20:  # warm by now
            if device.type == "cuda":
                torch.cuda.synchronize()
            start = time.perf_counter()
        chosen = data.of(torch.randint(len(data), (BATCH,), device=device))
        with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16"):
            loss = F.cross_entropy(model(chosen.images), chosen.labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    float(loss.detach())  # waits for the device
    return PEER_STEPS * BATCH / (time.perf_counter() - start)


def main() -> None:
    """Measure and print a row for each network and precision."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--models", type=int, nargs="+", default=[1, 4, 8], help="at once")
    parser.add_argument("--only", nargs="+", default=NETWORKS, choices=NETWORKS)
    asked = parser.parse_args()
    device = choose_device(asked.device)
    print(f"{describe_device(device)}, torch {torch.__version__}\n")
    at_once = [f"{models} at once" for models in asked.models]
    print("| " + " | ".join(["network", "precision", *at_once, "plain loop, one"]) + " |")
    print("|---" * (len(at_once) + 3) + "|")
    for network in asked.only:
        for precision in ("float32", "bfloat16"):
            rates = [rate_of_study(network, precision, each, device.type) for each in asked.models]
            rates.append(rate_of_plain_loop(network, precision, device))
            cells = [network, precision, *(f"{rate:,.0f}" for rate in rates)]
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
