"""Where the files of data sets lie, and what they must contain."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


def data_root() -> Path:
    """Return the folder that holds all data sets: $RDSTATS_DATA, or ~/.cache/rdstats/data."""
    named = os.environ.get("RDSTATS_DATA")
    return Path(named).expanduser() if named else Path.home() / ".cache" / "rdstats" / "data"


@dataclass(frozen=True)
class Member:
    """One file of a data set, unpacked, with the checksum of its content.

    Not of an archive: two gzip programs pack the same content into different bytes.
    """

    file: str
    algorithm: str
    digest: str


@dataclass(frozen=True)
class Layout:
    """The files of one data set.

    Attributes:
        torchvision_name: The class in `torchvision.datasets` that reads them.
        folder: Where that class looks for them, below the root of all data sets.
        members: The files, unpacked.
        archive: Name of the tar file in which they are published, if there is one.
    """

    torchvision_name: str
    folder: str
    members: tuple[Member, ...]
    archive: str | None = None


def _idx(torchvision_name: str, **sha256: str) -> Layout:
    """Return the layout of four IDX files; keys are the files' names up to `-idx`."""
    dimensions = {"images": "idx3", "labels": "idx1"}
    members = []
    for key, digest in sha256.items():
        part, kind = key.split("_")
        members.append(Member(f"{part}-{kind}-{dimensions[kind]}-ubyte", "sha256", digest))
    return Layout(torchvision_name, f"{torchvision_name}/raw", tuple(members))


def _cifar(torchvision_name: str, folder: str, archive: str, **md5: str) -> Layout:
    """Return the layout of pickled batches; only md5 sums are published for them."""
    members = tuple(
        Member(key.replace("batches_meta", "batches.meta"), "md5", digest)
        for key, digest in md5.items()
    )
    return Layout(torchvision_name, folder, members, archive)


LAYOUTS: dict[str, Layout] = {
    # Taken from several independent copies of the files that Yann LeCun's page offered.
    "MNIST": _idx(
        "MNIST",
        train_images="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        train_labels="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        t10k_images="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        t10k_labels="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    # Of the files in Debian's package dataset-fashion-mnist.
    "Fashion-MNIST": _idx(
        "FashionMNIST",
        train_images="c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        train_labels="bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        t10k_images="5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        t10k_labels="0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
    # As torchvision publishes them.
    "CIFAR-10": _cifar(
        "CIFAR10",
        "cifar-10-batches-py",
        "cifar-10-python.tar.gz",
        data_batch_1="c99cafc152244af753f735de768cd75f",
        data_batch_2="d4bba439e000b95fd0a9bffe97cbabec",
        data_batch_3="54ebc095f3ab1f0389bbae665268c751",
        data_batch_4="634d18415352ddfa80567beed471001a",
        data_batch_5="482c414d41f54cd18b22e5b47cb7c3cb",
        test_batch="40351d587109b95175f43aff81a1287e",
        batches_meta="5ff9c542aee3614f3951f8cda6e48888",
    ),
    "CIFAR-100": _cifar(
        "CIFAR100",
        "cifar-100-python",
        "cifar-100-python.tar.gz",
        train="16019d7e3df5f24257cddd939b257f8d",
        test="f0ef6b0ae62326f3e7ffdfab6717acfc",
        meta="7973b15100ade9c7d40fb424638fde48",
    ),
}
