"""Flips by kind, where lost samples went, and samples that belong together."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data_contracts.errors import ContractError
from data_contracts.importers import ImportOptions
from rdstats.errors import StatsError
from rdstats.pairs.check import Check, check_models
from rdstats.pairs.counts import pair_of_files
from rdstats.pairs.words import flips_sentence, heading_lines, sentences, summary_sentence

TRUTH = np.repeat(["cat", "dog"], 60)
BEFORE = TRUTH.copy()
BEFORE[:5] = "dog"  # five cats wrong before
AFTER = TRUTH.copy()
AFTER[:2] = "cow"  # two of these are wrong otherwise, three right now
AFTER[5:45] = "dog"  # forty cats lost to dogs
AFTER[60:62] = "cow"  # two dogs lost
LABELS = ["cat", "dog", "cow"]
VIDEO = np.repeat(np.arange(40), 3)


def frames(shuffled: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both models' answers, the second in another order if asked."""
    first, second = (
        pd.DataFrame({"id": range(120), "y_true": TRUTH, "y_pred": answers, "video": VIDEO})
        for answers in (BEFORE, AFTER)
    )
    return first, second.sample(frac=1, random_state=0) if shuffled else second


def checks(tmp_path: Path, **options: Any) -> list[Check]:
    """Judge the same answers as arrays, frames and files, in one order and another."""
    cluster = options.pop("cluster", None)
    array = None if cluster is None else VIDEO
    found = [check_models(TRUTH, BEFORE, AFTER, cluster=array, labels=LABELS, **options)]
    for shuffled in (False, True):
        first, second = frames(shuffled)
        found.append(check_models(first, second, cluster=cluster, labels=LABELS, **options))
        paths = tmp_path / "before.csv", tmp_path / f"after-{shuffled}.csv"
        first.to_csv(paths[0], index=False)
        second.drop(columns="video").to_csv(paths[1], index=False)
        found.append(check_models(*paths, cluster=cluster, **options))
    return found


def test_flips_and_destinations_are_counted_alike_whatever_they_are_read_from(
    tmp_path: Path,
) -> None:
    """By hand: 40 + 2 lost, 3 gained, 2 from one wrong answer to another."""
    for found in checks(tmp_path):
        overall = found.overall
        assert (overall["right_to_wrong"], overall["wrong_to_right"]) == (42, 3)
        assert overall["wrong_to_other_wrong"] == 2
        assert found.classes["wrong_to_other_wrong"].tolist() == [2, 0]
        # Five cats were dogs before, forty are now.
        assert found.classes["went_to"].tolist() == ["dog +35, cow +2", "cow +2"]
        assert overall["answers_changed"] == pytest.approx(47 / 120)
        assert flips_sentence(found) == (
            "42 answers went from right to wrong, 3 from wrong to right, 2 from one wrong answer "
            "to another. More samples of cat are answered dog +35, cow +2."
        )


def test_the_cluster_is_the_unit_of_every_test(tmp_path: Path) -> None:
    """20 videos of each class: they say less than 60 frames, and the words name the unit."""
    first, *others = checks(tmp_path, cluster="video")
    assert first.classes["clusters"].tolist() == [20, 20]
    assert first.overall["clusters"] == 40
    for found in others:
        assert found.classes["low"].tolist() == first.classes["low"].tolist()
        assert found.classes["upper"].tolist() == first.classes["upper"].tolist()
    alone = check_models(TRUTH, BEFORE, AFTER, labels=LABELS)
    assert (first.classes["upper"] > alone.classes["upper"]).all()
    assert "in 40 clusters" in heading_lines(first)[0]
    assert "cannot be cleared with fewer than 66 clusters" in summary_sentence(first)
    assert sentences(first)[-1].startswith("The unit of every test is the cluster")
    assert sentences(alone)[-1].startswith("Samples are taken as independent")


def test_groups_by_two_columns_are_judged_in_place_of_classes(tmp_path: Path) -> None:
    """Shares right by site and camera, alike from arrays, frames and files; no slope, no guess."""
    site, camera = np.tile(["b", "a"], 60), np.repeat([10, 9], 60)
    first, second = (each.assign(site=site, camera=camera) for each in frames(shuffled=False))
    paths = tmp_path / "before.csv", tmp_path / "after.csv"
    first.drop(columns="video").to_csv(paths[0], index=False)
    shuffled = second.sample(frac=1, random_state=0)
    shuffled.drop(columns=["site", "camera"]).to_csv(paths[1], index=False)
    both = np.array([f"{one} × {other}" for one, other in zip(site, camera, strict=True)])
    by = ("site", "camera")
    for found in (
        check_models(first, shuffled, by=by, labels=LABELS),
        check_models(*paths, by=by, cluster="video"),
        check_models(TRUTH, BEFORE, AFTER, by=both, labels=LABELS),
    ):
        rows = found.classes.set_index("class_name")
        assert set(rows.index) == {"a × 9", "a × 10", "b × 9", "b × 10"}
        for name, row in rows.iterrows():
            here = both == name
            assert row["n_samples"] == here.sum()
            assert row["recall_before"] == (BEFORE == TRUTH)[here].mean()
            assert row["recall_after"] == (AFTER == TRUTH)[here].mean()
            assert row["lost"] == ((BEFORE == TRUTH) & (AFTER != TRUTH))[here].sum()
        assert found.overall["alpha"] is None
        assert found.overall["collapsed_after"] == []
        assert " of 4 groups " in summary_sentence(found)
        assert "class" not in " ".join((*heading_lines(found), *sentences(found)))
    assert list(check_models(first, second, by=by, labels=LABELS).classes["class_name"]) == [
        *("a × 9", "a × 10", "b × 9", "b × 10")  # numbers as numbers
    ]
    with pytest.raises(ContractError, match="only where samples are matched"):
        check_models(first, second, by="site", matched=False, labels=LABELS)
    with pytest.raises(ContractError, match="says something else"):
        check_models(first, second.assign(site="a"), by="site", labels=LABELS)


def test_clusters_that_cannot_be_are_refused(tmp_path: Path) -> None:
    """A column that is nowhere, one that differs, counts without samples, the excess drop."""
    first, second = frames(shuffled=False)
    paths = tmp_path / "before.csv", tmp_path / "after.csv"
    first.to_csv(paths[0], index=False)
    second.assign(video=VIDEO[::-1]).to_csv(paths[1], index=False)
    with pytest.raises(ContractError, match=r"neither .* has a column 'vide'"):
        check_models(*paths, cluster="vide")
    with pytest.raises(ContractError, match="differ in 'video'"):
        check_models(*paths, cluster="video")
    with pytest.raises(ContractError, match="not compared sample by sample"):
        check_models(*paths, cluster="video", matched=False)
    with pytest.raises(ContractError, match=r"y_true has 120 labels, but cluster 3"):
        check_models(TRUTH, BEFORE, AFTER, cluster=[1, 2, 3], labels=LABELS)
    with pytest.raises(StatsError, match="clusters are judged by the drop"):
        check_models(TRUTH, BEFORE, AFTER, cluster=VIDEO, quantity="excess", labels=LABELS)


def many(classes: int = 120) -> tuple[Any, Any, Any]:
    """Return labels and answers of classes of 60 samples; the first three lose half of theirs."""
    names = [f"c{number:03d}" for number in range(classes)]
    truth = pd.Series(np.repeat(names, 60))
    after = truth.copy()
    for place in range(3):
        after[60 * place : 60 * place + 30] = names[(place + 1) % classes]
    return truth, truth, after


def test_a_hundred_classes_have_suspects_and_groups_have_verdicts(tmp_path: Path) -> None:
    """The gate goes by neither; a csv, a mapping and a column of the files say the same."""
    truth, before, after = many()
    kinds = {name: "odd" if name < "c003" else f"g{name[:2]}" for name in sorted(set(truth))}
    found = check_models(truth, before, after, groups=kinds)
    assert found.classes["suspect"].tolist() == [True] * 3 + [False] * 117
    assert found.overall["suspects"] == 3
    assert 0.02 < found.overall["share_harmed"] < 0.03
    assert found.groups is not None
    assert found.groups.harmed == ("odd",)
    rows = found.classes
    assert rows["p_in_group"].notna().tolist() == [True] * 3 + [False] * 117
    assert (rows["p_in_group"][:3] <= rows["p_adjusted"][:3]).all()
    pd.DataFrame({"class": kinds.keys(), "group": kinds.values()}).to_csv(tmp_path / "groups.csv")
    for name, answers in (("before", before), ("after", after)):
        frame = pd.DataFrame({"y_true": truth, "y_pred": answers, "kind": truth.map(kinds)})
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    paths = tmp_path / "before.csv", tmp_path / "after.csv"
    for groups in (tmp_path / "groups.csv", "kind"):
        again = check_models(*paths, groups=groups)
        pd.testing.assert_frame_equal(again.classes, rows)
    fewer = check_models(*many(99))
    assert fewer.overall["suspects"] is None
    assert fewer.classes["p_harm"].isna().all()


def test_groups_that_cannot_be_are_refused(tmp_path: Path) -> None:
    """A class without one, a class with two, no such file, samples of a class in two groups."""
    truth, before, after = many(3)
    with pytest.raises(ContractError, match="no group is given for 1 class of 3: 'c002'"):
        check_models(truth, before, after, groups={"c000": "a", "c001": "b"})
    path = tmp_path / "groups.csv"
    path.write_text("class,group\nc000,a\nc000,b\n")
    with pytest.raises(ContractError, match="two groups"):
        check_models(truth, before, after, groups=path)
    with pytest.raises(ContractError, match="is not there"):
        check_models(truth, before, after, groups="missing.csv")
    frame = pd.DataFrame({"y_true": truth, "y_pred": after, "kind": ["a", "b"] * 90})
    with pytest.raises(ContractError, match="a group holds whole classes"):
        check_models(frame, frame, groups="kind")


def test_many_classes_are_matched_in_time_that_grows_as_they_do(tmp_path: Path) -> None:
    """Fifty thousand in seconds; answers that are no class came to a square of their number."""
    truth = np.arange(50_000)
    for name, answers in (("before", truth * 2), ("after", truth * 3)):
        pd.DataFrame({"y_true": truth, "y_pred": answers}).to_parquet(tmp_path / f"{name}.parquet")
    begin = time.monotonic()
    pair = pair_of_files(
        tmp_path / "before.parquet",
        tmp_path / "after.parquet",
        options=ImportOptions(confirmed=frozenset({"labels"})),
    )
    assert pair.samples is not None
    assert len(pair.samples.labels) == 50_000 + 25_000 + 33_333 - 8_333
    assert time.monotonic() - begin < 20
