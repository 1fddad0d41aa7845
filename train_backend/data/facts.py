"""What is known about each data set before it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from train_backend.errors import TrainError, nearest

DIGIT_NAMES = tuple("0123456789")

FASHION_MNIST_NAMES = tuple(
    "t-shirt/top,trouser,pullover,dress,coat,sandal,shirt,sneaker,bag,ankle boot".split(  # noqa: SIM905
        ","
    )
)
CIFAR_10_NAMES = tuple(
    "airplane automobile bird cat deer dog frog horse ship truck".split()  # noqa: SIM905
)

# The fine labels, in the alphabetical order of the published file `meta`.
CIFAR_100_NAMES = tuple(
    """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle
    bowl boy bridge bus butterfly camel can castle caterpillar cattle
    chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur
    dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard
    lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain
    mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree
    plain plate poppy porcupine possum rabbit raccoon ray road rocket
    rose sea seal shark shrew skunk skyscraper snail snake spider
    squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
    train trout tulip turtle wardrobe whale willow_tree wolf woman worm
    """.split()  # noqa: SIM905 (ten lines of names, not a hundred)
)


@dataclass(frozen=True)
class DatasetFacts:
    """One data set by name: what it shows, in one line, and who published it.

    Attributes:
        class_names: In the order of the labels.
        size: Height and width of an image.
        train_images_of_classes: Images for training and validation together, by label.
        test_images: Images of the test set, the same number of each class unless `line` says so.
        augmented: Whether the named recipes crop and flip its training images.
        read: Reads a plug-in's data set; until `open_own` has, nothing above is known.
        parts: What it has read, training and test.
    """

    name: str
    line: str
    source: str
    class_names: tuple[str, ...] = ()
    channels: int = 0
    size: int = 0
    train_images_of_classes: tuple[int, ...] = ()
    test_images: int = 0
    augmented: bool = False
    read: Callable[[], tuple[Any, Any, tuple[str, ...]]] | None = None
    parts: tuple[Any, Any] | None = field(default=None, compare=False)

    def shape(self, padding: int = 0) -> tuple[int, ...]:
        """Return the shape of one input, with so many pixels added on each side."""
        if self.parts is not None:
            return tuple(self.parts[0].shape)
        size = self.size + 2 * padding
        return self.channels, size, size

    @property
    def train_images(self) -> int:
        """Return the images for training and validation together."""
        return sum(self.train_images_of_classes)

    @property
    def classes(self) -> int:
        """Return the number of classes."""
        return len(self.class_names)


def dataset_facts(name: str) -> DatasetFacts:
    """Return what is known about the data set `name`.

    Raises:
        TrainError: There is no data set of that name.
    """
    if name not in DATASETS:
        raise TrainError(f"there is no data set {name!r}{nearest(name, DATASETS)}")
    return DATASETS[name]


DATASETS: dict[str, DatasetFacts] = {
    facts.name: facts
    for facts in (
        DatasetFacts(
            name="digits",
            line="handwritten digits, embedded: nothing to fetch",
            source="UCI Machine Learning Repository, in scikit-learn",
            class_names=DIGIT_NAMES,
            channels=1,
            size=28,
            train_images_of_classes=(88, 92, 87, 93, 91, 92, 91, 89, 84, 90),
            test_images=900,
        ),
        DatasetFacts(
            name="MNIST",
            line="handwritten digits; the classes of its test set differ in size",
            source="LeCun et al. 1998",
            class_names=DIGIT_NAMES,
            channels=1,
            size=28,
            train_images_of_classes=(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
            test_images=10_000,
        ),
        DatasetFacts(
            name="Fashion-MNIST",
            line="grey pictures of clothes",
            source="Xiao et al. 2017",
            class_names=FASHION_MNIST_NAMES,
            channels=1,
            size=28,
            train_images_of_classes=(6_000,) * 10,
            test_images=10_000,
        ),
        DatasetFacts(
            name="CIFAR-10",
            line="small colour photographs of 10 kinds of things",
            source="Krizhevsky 2009",
            class_names=CIFAR_10_NAMES,
            channels=3,
            size=32,
            train_images_of_classes=(5_000,) * 10,
            test_images=10_000,
            augmented=True,
        ),
        DatasetFacts(
            name="CIFAR-100",
            line="small colour photographs of 100 kinds of things",
            source="Krizhevsky 2009",
            class_names=CIFAR_100_NAMES,
            channels=3,
            size=32,
            train_images_of_classes=(500,) * 100,
            test_images=10_000,
            augmented=True,
        ),
    )
}
