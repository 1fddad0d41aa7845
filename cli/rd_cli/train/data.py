"""The command `rdtrain data`: a data set, fetched or taken from a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rd_cli.edge import show
from rd_cli.train import options
from rd_cli.train.libraries import load_training_libraries


def data(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As in `rdtrain list`.")],
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="Take the files from here, not the network."),
    ] = None,
    root: options.DataRoot = None,
) -> None:
    """Fetch a data set, or check and unpack files that are already here.

    Example: rdtrain data Fashion-MNIST --from downloads
    """
    load_training_libraries()
    from train_backend.data import data_root, fetch_dataset, unpack_dataset

    folder = root or data_root()
    found = unpack_dataset(name, source, folder) if source else fetch_dataset(name, folder)
    if found.folder is None:
        print(f"{found.name} comes with scikit-learn: nothing to fetch")
        return
    checked = len(found.written) + len(found.already_there)
    done = f"{len(found.written)} written" if found.written else "all were there"
    show(f"{found.name}: {checked} files with the right checksums in {found.folder}, {done}")
