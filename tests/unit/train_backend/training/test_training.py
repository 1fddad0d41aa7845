"""The training loop, on a network of 22 weights that can be read by eye."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

import train_backend.training.loop
from small_studies import small_recipe, two_blobs
from train_backend.data import Dataset, ImageSet
from train_backend.errors import Diverged
from train_backend.studies.recipes import Phase, Recipe
from train_backend.studies.workload import Work
from train_backend.training.loop import Draws, Epoch, train


class Small(nn.Module):
    """Mean brightness of four quarters, a hidden layer, two classes."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(4, 3)
        self.classifier = nn.Linear(3, 2)
        draws = torch.Generator().manual_seed(3)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -0.5, 0.5, generator=draws)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits."""
        quarters = nn.functional.adaptive_avg_pool2d(images, 2).flatten(1)
        logits: Tensor = self.classifier(torch.relu(self.hidden(quarters)))
        return logits


def draws(seed: int = 0) -> Draws:
    """Return the random streams of one training."""
    return Draws(torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed + 1))


def weights(model: nn.Module) -> list[float]:
    """Return all weights in a row."""
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()]).tolist()


def trained(recipe: Recipe, seed: int = 0, dataset: Dataset | None = None) -> nn.Module:
    """Return a small network trained by a recipe."""
    model = Small()
    train(model, dataset or two_blobs(), recipe.training_phases, recipe, draws(seed))
    return model


def test_one_step_is_written_out() -> None:
    """SGD by hand: v = g + decay w; with Nesterov momentum m the first step is (1 + m) v."""
    recipe = small_recipe(batch_size=64, weight_decay=0.01, training_phases=(Phase(1, 0.1),))
    model = Small()
    loss = nn.functional.cross_entropy(model(two_blobs().train.images), two_blobs().train.labels)
    loss.backward()  # type: ignore[no-untyped-call]
    expected = [
        parameter - 0.1 * (1 + 0.9) * (parameter.grad + 0.01 * parameter)  # type: ignore[operator]
        for parameter in model.parameters()
    ]
    stepped = list(trained(recipe).parameters())
    for parameter, by_hand in zip(stepped, expected, strict=True):
        torch.testing.assert_close(parameter, by_hand)


def test_the_same_streams_give_the_same_weights_and_others_do_not() -> None:
    """Bit for bit; the order of the images is all that differs between seeds."""
    recipe = small_recipe(batch_size=16)
    assert weights(trained(recipe, seed=5)) == weights(trained(recipe, seed=5))
    assert weights(trained(recipe, seed=5)) != weights(trained(recipe, seed=6))


def test_momentum_starts_fresh_in_each_phase() -> None:
    """Two phases of one step from the second one's start equal the second one alone."""
    recipe = small_recipe(batch_size=64, selection="last", training_phases=(Phase(1, 0.1),))
    model, once = Small(), trained(recipe)
    train(model, two_blobs(), (Phase(1, 0.1), Phase(1, 0.1)), recipe, draws())
    train(once, two_blobs(), (Phase(1, 0.1),), recipe, draws())
    # One batch is all images, so their order only rounds otherwise.
    assert weights(model) == pytest.approx(weights(once), abs=1e-6)


def with_losses(monkeypatch: pytest.MonkeyPatch, losses: list[float]) -> Callable[[], list[float]]:
    """Let the validation loss be `losses`; return what gives the weights of each epoch."""
    remaining, seen = iter(losses), []

    def loss(model: nn.Module, _: object) -> tuple[float, float]:
        seen.append(weights(model))
        return next(remaining), 0.5

    monkeypatch.setattr(train_backend.training.loop, "loss_and_accuracy", loss)
    return lambda: [epoch[0] for epoch in seen]


PHASES = (Phase(2, 0.1), Phase(2, 0.05))


@pytest.mark.parametrize(
    ("selection", "scope", "losses", "epoch"),
    [
        ("validation", "all", [4.0, 1.0, 3.0, 2.0], 2),
        ("validation", "all", [1.0, 1.0, 1.0, 1.0], 1),
        ("validation", "last-phase", [4.0, 1.0, 3.0, 2.0], 4),
        ("validation", "last-phase", [4.0, 1.0, 2.0, 3.0], 3),
        ("test", "all", [4.0, 5.0, 1.0, 2.0], 3),
    ],
    ids=[
        "the lowest loss of all epochs",
        "the first of equal losses",
        "the lowest of the last phase, as released",
        "the lowest of the last phase, though it rises",
        "the lowest loss on test images, as released",
    ],
)
def test_the_model_keeps_the_weights_of_the_selected_epoch(
    monkeypatch: pytest.MonkeyPatch, selection: str, scope: str, losses: list[float], epoch: int
) -> None:
    """Four epochs in two phases, with the losses given."""
    recipe = small_recipe(
        batch_size=16, selection=selection, selection_scope=scope, training_phases=PHASES
    )
    first_weights = with_losses(monkeypatch, losses)
    model = trained(recipe)
    assert len(set(first_weights())) == 4
    assert weights(model)[0] == first_weights()[epoch - 1]


def test_the_last_epoch_is_kept_without_looking_at_any_loss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Selection "last" evaluates nothing."""
    seen = with_losses(monkeypatch, [])
    trained(small_recipe(selection="last", training_phases=PHASES))
    assert seen() == []


def test_the_recipe_says_which_images_choose_the_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never the test set, unless the recipe is the released code's."""
    blobs = two_blobs()
    dataset = replace(blobs, validation=two_blobs(20).test, test=two_blobs(30).test)
    sizes = []

    def loss(_: nn.Module, part: ImageSet) -> tuple[float, float]:
        sizes.append(len(part))
        return 1.0, 0.5

    monkeypatch.setattr(train_backend.training.loop, "loss_and_accuracy", loss)
    trained(small_recipe(selection="validation"), dataset=dataset)
    trained(small_recipe(selection="test"), dataset=dataset)
    assert sizes == [20, 30]


def test_a_loss_that_is_not_a_number_stops_the_training() -> None:
    """With step, phase and epoch, rather than a silent table."""
    recipe = small_recipe(training_phases=(Phase(1, 0.1), Phase(1, 1e30)))
    with pytest.raises(Diverged, match=r"has diverged by step 8: the loss is .* phase 2"):
        train(
            Small(),
            two_blobs(),
            recipe.training_phases,
            replace(recipe, batch_size=16),
            draws(),
        )


def test_images_are_cropped_and_flipped_where_the_recipe_says_so() -> None:
    """The crops have a stream of their own: without them the same order gives other weights."""
    augmented = trained(small_recipe(augment=True))
    assert weights(augmented) == weights(trained(small_recipe(augment=True)))
    assert weights(augmented) != weights(trained(small_recipe(augment=False)))


def test_every_epoch_is_told_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """64 images trained, 64 evaluated to choose the epoch; of one batch the loss is by hand."""
    with_losses(monkeypatch, [4.0, 1.0, 3.0, 2.0])
    told, history = list[Work](), list[Epoch]()
    part = two_blobs().train
    first = nn.functional.cross_entropy(Small()(part.images), part.labels)
    train(
        Small(),
        two_blobs(),
        PHASES,
        small_recipe(batch_size=64, training_phases=PHASES),
        draws(),
        history=history,
        progress=told.append,
    )
    assert told == [Work(64, 64)] * 4
    assert [each.number for each in history] == [1, 2, 3, 4]
    assert [each.rate for each in history] == [0.1, 0.1, 0.05, 0.05]
    assert [each.validation_loss for each in history] == [4.0, 1.0, 3.0, 2.0]
    assert history[0].training_loss == pytest.approx(first.item(), rel=1e-5)
    assert history[3].training_loss < history[0].training_loss
