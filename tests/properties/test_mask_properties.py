"""Laws that hold for the masks of any scores."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from train_backend.methods.masks import apply_masks, global_masks, kept_count
from train_backend.models import build_architecture

MODEL: nn.Module = build_architecture(
    "LeNet5", channels=1, classes=10, image_size=28, generator=torch.Generator().manual_seed(0)
)
TOTAL = 60_074


@st.composite
def some_scores(draw: st.DrawFn) -> dict[str, Tensor]:
    """Draw one to four tensors of scores with many ties."""
    sizes = draw(st.lists(st.integers(1, 12), min_size=1, max_size=4))
    values = st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 2.0])
    return {
        f"layer{index}.weight": torch.tensor(draw(st.lists(values, min_size=n, max_size=n)))
        for index, n in enumerate(sizes)
    }


def flat(tensors: dict[str, Tensor]) -> Tensor:
    """Return all elements in one row."""
    return torch.cat([tensor.flatten() for tensor in tensors.values()])


@given(scores=some_scores(), data=st.data())
def test_exactly_as_many_stay_as_asked_and_none_outranks_them(
    scores: dict[str, Tensor], data: st.DataObject
) -> None:
    """The count is exact under any ties; no dropped score is above a kept one."""
    values = flat(scores)
    keep = data.draw(st.integers(0, len(values)))
    kept = flat(global_masks(scores, keep))
    assert int(kept.sum()) == keep
    if 0 < keep < len(values):
        assert values[kept].min() >= values[~kept].max()


@given(scores=some_scores(), data=st.data())
def test_what_stays_at_a_higher_ratio_stays_at_a_lower_one(
    scores: dict[str, Tensor], data: st.DataObject
) -> None:
    """Masks of the same scores are nested."""
    few, more = sorted(data.draw(st.tuples(*[st.integers(0, len(flat(scores)))] * 2)))
    assert not bool((flat(global_masks(scores, few)) & ~flat(global_masks(scores, more))).any())


@given(scores=some_scores(), data=st.data())
def test_only_the_order_of_the_scores_matters(
    scores: dict[str, Tensor], data: st.DataObject
) -> None:
    """A rising function of the scores gives the same masks."""
    keep = data.draw(st.integers(0, len(flat(scores))))
    cubed = {name: score**3 + 5 for name, score in scores.items()}
    assert torch.equal(flat(global_masks(scores, keep)), flat(global_masks(cubed, keep)))


@given(scores=some_scores(), data=st.data())
def test_masks_are_those_of_a_stable_sort(scores: dict[str, Tensor], data: st.DataObject) -> None:
    """The order that numpy's stable sort of the negated scores gives."""
    keep = data.draw(st.integers(0, len(flat(scores))))
    order = np.argsort(-flat(scores).numpy(), kind="stable")
    expected = np.zeros(len(order), dtype=bool)
    expected[order[:keep]] = True
    assert flat(global_masks(scores, keep)).tolist() == expected.tolist()


@given(scores=some_scores(), data=st.data())
def test_a_two_sided_cut_never_prunes_more(scores: dict[str, Tensor], data: st.DataObject) -> None:
    """It keeps all that the one-sided cut keeps; what it drops lies strictly between -T and T."""
    values = flat(scores)
    keep = data.draw(st.integers(1, len(values)))
    one_sided = flat(global_masks(scores, keep))
    two_sided = flat(global_masks(scores, keep, two_sided=True))
    threshold = values[one_sided].min()
    assert not bool((one_sided & ~two_sided).any())
    assert bool((values[~two_sided] > -threshold).all())
    assert bool((values[~two_sided] <= threshold).all())


@given(ratio=st.floats(1, 55.8))
def test_the_realised_ratio_is_the_requested_one(ratio: float) -> None:
    """round(total / t) parameters stay, 226 biases and 850 of the classifier among them."""
    assert kept_count(MODEL, ratio) + 226 + 850 == round(TOTAL / ratio)


@given(seed=st.integers(0, 2**31), ratio=st.floats(1, 55.8))
def test_pruned_weights_are_zero_and_the_others_what_they_were(seed: int, ratio: float) -> None:
    """Applying the same masks again changes nothing."""
    generator = torch.Generator().manual_seed(seed)
    layer = nn.Linear(6, 5)
    nn.init.normal_(layer.weight, generator=generator)
    before = layer.weight.detach().clone()
    scores = {"weight": torch.rand(5, 6, generator=generator)}
    masks = global_masks(scores, round(30 / ratio))
    for _ in range(2):
        apply_masks(layer, masks)
        assert torch.equal(layer.weight, torch.where(masks["weight"], before, 0.0))
