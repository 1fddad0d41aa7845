"""Data sets as tensors on the device."""

from __future__ import annotations

from train_backend.data.archives import Unpacked, unpack_dataset
from train_backend.data.augmentation import crop, draw_crops
from train_backend.data.dataset import Batches, Dataset, ImageSet
from train_backend.data.facts import DATASETS, DatasetFacts, dataset_facts
from train_backend.data.files import data_root
from train_backend.data.loading import load_dataset
from train_backend.data.own import Streamed, in_batches, open_own
from train_backend.data.published import check_present, fetch_dataset

__all__ = [
    "DATASETS",
    "Batches",
    "Dataset",
    "DatasetFacts",
    "ImageSet",
    "Streamed",
    "Unpacked",
    "check_present",
    "crop",
    "data_root",
    "dataset_facts",
    "draw_crops",
    "fetch_dataset",
    "in_batches",
    "load_dataset",
    "open_own",
    "unpack_dataset",
]
