"""Data sets as tensors on the device."""

from __future__ import annotations

from train_backend.datasets.archives import Unpacked, unpack_dataset
from train_backend.datasets.augmentation import augment, crop, draw_crops
from train_backend.datasets.dataset import Dataset, ImageSet, Part
from train_backend.datasets.downloads import fetch_dataset
from train_backend.datasets.facts import DATASETS, DatasetFacts, dataset_facts
from train_backend.datasets.folders import data_root
from train_backend.datasets.loading import load_dataset
from train_backend.datasets.presence import check_present

__all__ = [
    "DATASETS",
    "Dataset",
    "DatasetFacts",
    "ImageSet",
    "Part",
    "Unpacked",
    "augment",
    "check_present",
    "crop",
    "data_root",
    "dataset_facts",
    "draw_crops",
    "fetch_dataset",
    "load_dataset",
    "unpack_dataset",
]
