"""What must be known to read the printed numbers, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_CONFLICT = (
    "Tables 8 and 9 both print the test of MP against UP on ResNet-56, adjusted for 6 and for 25 "
    "tests. At t = 10 they disagree: 0.004 in Table 8 stands for 0.015 to 0.019 in Table 9, "
    "which prints 0.010. Neither is taken for right here."
)
_COUNTS = (
    "The printed rows of MNIST and CIFAR-100 look like counts divided by 1000, not recalls: "
    "MNIST's test classes have 892 to 1135 images, and the variance of those counts / 1000, at "
    "accuracy 0.989, is the printed 0.0038; CIFAR-100 has 100 images a class, so such numbers "
    "are a tenth of a recall and their variance a hundredth. Those two rows are shown, not judged."
)
_TWO_SIDED = (
    "The sign of a two-sided test is not printed; where conclusions differ, sizes are compared."
)

NOTES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "8": (_CONFLICT, _TWO_SIDED),
        "9": (_CONFLICT, _TWO_SIDED),
        "10": ("A number is over all unpruned models of the study that its method was run in.",),
        "11": (_COUNTS,),
        "12": (
            "LTH counts the weights that it may prune; over all parameters level 20 is 61.5, not "
            "86.74. Ratios are asked for, not found: that they agree says nothing. The learning "
            "rate and the rewind step of the paper are not given.",
        ),
        "13": (
            "The paper does not say how it fine-tuned; at 1.75 and 3.33 its accuracies are above "
            "those before. Asked 3.33, the method’s layer sparsities reach 3.54.",
        ),
        "G": (
            "Slopes per model in either slope mode. The ratio of a class whose recall was exactly "
            "the accuracy before pruning is undefined: it is left out of its model's mean.",
        ),
    }
)
