"""The words that a page explains where they stand."""

from collections.abc import Mapping
from typing import Final

GLOSSARY: Final[Mapping[str, str]] = {
    "recall": "The share of a class's test samples that a model gets right.",
    "slope": "How gaps between classes changed: above 1 they widened, below 1 they narrowed; 1 is "
    "proportional loss, not harmlessness.",
    "class-mean slope": "The slope after each class was averaged over the models, which removes "
    "most of the luck of single trainings.",
    "interval": "Values that the data allow at this level of confidence.",
    "holm": "A correction of p for the number of classes judged together (Holm's step-down).",
    "bonferroni": "A correction: p times the number of tests made.",
    "control": "The same unpruned models with the same extra training: what training longer does.",
    "harmed": "Shown to have lost more than the margin; chance does not explain it.",
    "unharmed": "Shown to have lost less than the margin.",
    "inconclusive": "The data cannot tell; this is not “no harm”.",
    "cleared": "Shown to have lost less than the margin.",
    "samples like these": "Also for new test samples of the same kind, not these alone.",
    "these samples": "For the samples that were tested, and no others.",
    "magnitude pruning": "The weights of smallest size are removed.",
    "gradient pruning": "The weights whose size times gradient is smallest are removed.",
    "undecayed pruning": "As gradient pruning, but the pull of weight decay is taken off first.",
    "random pruning": "Weights are removed by chance: what any method has to beat.",
    "margin": "The largest drop that does not matter, chosen before looking.",
    "points": "Differences of shares: 84 % to 80 % is 4 points.",
    "pruning ratio": "Size before over size after: at 10× a tenth of the weights is left.",
}
