"""What both commands answer to wrong usages: one line that says what, why and what to do."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from commands import SMALL_STUDY
from data_contracts import Provenance, write_recall_table
from synthetic import recall_table

IMPORT = "rdstats import predictions before.csv --study s --dataset d --architecture a --model m"
# The exit code and what is typed; below it words that the answer must have.
WRONG = f"""\
2 rdstats checkk before.csv after.csv
  No such command 'checkk'. Did you mean 'check'? Try 'rdstats --help'
2 rdstats check before.csv after.csv --marginn 0.1
  --marginn
2 rdstats check
  Missing argument 'BEFORE'
1 rdstats check before.csv
  give two files, one before and one after
2 rdstats check before.csv after.csv third.csv
  unexpected extra argument
1 rdstats check before.csv missing.csv
  missing.csv is not there: name one file before and one after
1 rdstats check before.csv empty
  empty is a folder: name one file before and one after
1 rdstats check before.csv empty.csv
  empty.csv is empty: is it the right file?
1 rdstats check before.csv header.csv
  header.csv has no rows: is it cut off?
1 rdstats check before.csv after.csv --groups secret.csv
  secret.csv cannot be read as csv (Permission denied): check the file
1 rdstats check before.csv nan.csv
  nan.csv, line 5: y_pred is empty
1 rdstats check noid.csv short.csv
  write the same test samples in the same order, or a column id into both
1 rdstats check before.csv fewer.csv
  id '150' is not in fewer.csv: both must be of the same samples
1 rdstats check before.csv other-test.csv
  id '0' has the true label 'bag', but 'coat' at before.csv, line 2
1 rdstats check before.csv truth.csv
  truth.csv has no column y_pred, only 'id', 'y_true': say which holds the predicted labels
1 rdstats check before.csv other.json
  say which holds the true labels with --column y_true=NAME
1 rdstats check broken.json broken.json
  broken.json, line 1: no JSON (Expecting value): is the file cut off?
1 rdstats check before.csv recall.parquet
  recall.parquet is a recall table, and before.csv is none: give two files of predictions
1 rdstats check recall.parquet one.parquet
  recall.parquet holds 24 evaluated models, and a pair is one before and one after
1 rdstats check recall.parquet
  choose with --after COLUMN=VALUE, repeated; there are: method=MP ratio=2
1 rdstats check recall.parquet --after colour=red
  unknown --after column 'colour'; known: study, dataset
2 rdstats check recall.parquet --after MP
  'MP' is not COLUMN=VALUE, as in --after method=MP
2 rdstats check before.csv after.csv --after method=MP
  choose from one recall table: give that alone
2 rdstats check recall.parquet --by site --after method=MP
  --cluster and --by need predictions
2 rdstats check recall.parquet --preset sklearn
  leave them out, or name a --format
1 rdstats check before.csv after.csv --margin -0.1
  choose a share above 0 and below 1, as 0.05 for 5 points
1 rdstats check before.csv after.csv --margin 5
  margin 5 is not a drop of recall
2 rdstats check before.csv after.csv --margin 5%
  '5%' is no margin: give a share, as --margin 0.05
2 rdstats check before.csv after.csv --margin coat=
  'coat=' is no margin: give a share
2 rdstats check before.csv after.csv --margin =0.1
  '=0.1' is no margin: give a share
2 rdstats check before.csv after.csv --margin 0.1 --margin 0.2
  --margin of all classes is given twice: give it once
2 rdstats check before.csv after.csv --margin coat=0.1 --margin coat=0.2
  --margin of class 'coat' is given twice: give it once
1 rdstats check before.csv after.csv --margin coad=0.1
  there is no class 'coad' to give a margin of its own; did you mean 'coat'?
2 rdstats check before.csv after.csv --margin 0.1 --relative-margin 0.1
  give --margin or --relative-margin, not both
2 rdstats check before.csv after.csv --relative-margin coat=0.1
  give --relative-margin for all classes, too
1 rdstats check before.csv after.csv --by nosuch
  neither before.csv nor after.csv has a column 'nosuch': name one that says of each sample
1 rdstats check before.csv after.csv --groups nosuch.csv
  nosuch.csv is not there: groups are a csv file with the columns class and group
1 rdstats check before.csv after.csv --columns nosuch
  there is no column 'nosuch': --columns all, or of class_index, class_name
1 rdstats check before.csv after.csv --columns drop,drop
  column 'drop' is wanted twice: name it once
2 rdstats check before.csv after.csv --json --quiet
  give --json or --quiet, not both
2 rdstats check before.csv after.csv --figures svg
  --figures are beside the page: give --page DIR, too
1 rdstats check before.csv after.csv --page verdict --figures gif
  --figures gif: choose from svg, pdf, png
2 rdstats check before.csv after.csv --page not-there/verdict
  the folder not-there is not there: make it first, or correct the name
2 rdstats check before.csv after.csv --out not-there/check.csv
  the folder not-there is not there: make it first, or correct the name
2 rdstats check before.csv after.csv --out folder.csv
  folder.csv is a folder: give the name of a file
1 rdstats check before.csv after.csv --out check
  its name has no suffix; use one of .csv, .json
2 rdstats check before.csv after.csv --true-rows --predicted-rows
  give --true-rows or --predicted-rows, not both
1 rdstats check before.csv after.csv --column y_true=nosuch
  before.csv has no column 'nosuch', only 'id', 'y_true', 'y_pred'
1 rdstats check before.csv after.csv --preset nosuch
  there is no preset 'nosuch': presets are sklearn
1 rdstats conditions before.csv
  `rdstats import predictions before.csv ...` makes one of it
1 rdstats conditions empty
  the folder empty holds no .parquet file: name the folder of the tables
1 rdstats conditions other.json
  other.json is JSON text, and a recall table is a whole Parquet file
1 rdstats conditions no*.parquet
  nothing matches no*.parquet: check the pattern, or name a file or folder
1 rdstats conditions recall.parquet recall.parquet
  recall.parquet is given twice: its rows would count double; name it once
1 rdstats conditions recall.parquet --where method=XP
  no compressed condition has method XP; known: MP, UP
1 rdstats conditions recall.parquet --where nope=1
  unknown where column 'nope'; known: study
1 rdstats conditions recall.parquet --where ratio=ten
  a ratio is a number, the parameters before over after; write for example ratio=10
2 rdstats conditions recall.parquet --where method
  'method' is not COLUMN=VALUE, as in --where method=MP
2 rdstats conditions recall.parquet --split holdout
  'holdout' is not one of 'test', 'validation', 'train'
1 rdstats conditions recall.parquet --stage pruned
  leave --stage out to take what there is
1 rdstats conditions recall.parquet --delta 7
  delta 7 is not a margin around 1; choose a share between 0 and 1
2 rdstats conditions recall.parquet --delta ten
  Invalid value for '--delta': 'ten'
2 rdstats conditions recall.parquet --seed -1
  Invalid value for '--seed':
1 rdstats slopes missing.parquet
  missing.parquet: no such file or folder; check the path
1 rdstats slopes missing.parquet --out slopes.xlsx
  suffix '.xlsx' is not known; use one of .csv
2 rdstats slopes
  Missing argument 'TABLE'
1 rdstats classes recall.parquet --margin 5
  choose a share from 0 to 1, as 0.05 for 5 points
2 rdstats compare recall.parquet
  Missing option '--along'. Choose from: ratio, architecture, dataset, method
2 rdstats compare recall.parquet --along nosuch
  'nosuch' is not one of 'ratio', 'architecture', 'dataset', 'method'
1 rdstats compare one.parquet --along method
  nothing to compare along method: there is MP only; leave out a --where, or add tables
1 rdstats compare recall.parquet --along ratio --order 2
  the order 2 names one level: name two or more to compare
1 rdstats compare recall.parquet --along method --order MP,UP --pairs 'MP vs UP'
  order and pairs both say what is compared: give one of them
2 rdstats compare recall.parquet --along method --pairs 'MP UP'
  'MP UP' is not FIRST vs SECOND, as in --pairs
2 rdstats report recall.parquet
  Missing option '--out'
2 rdstats report recall.parquet --out not-there/report
  the folder not-there is not there: make it first, or correct the name
2 rdstats paper recall.parquet --out not-there/paper
  the folder not-there is not there: make it first, or correct the name
1 rdstats paper recall.parquet --out paper
  for other studies use `rdstats report`
2 rdstats power
  give --effect or --models, or --drop and --churn for images
2 rdstats power --effect 0.1
  give either --sd or --pilot
2 rdstats power --effect 0.1 --sd 0.1 --pilot recall.parquet
  give either --sd or --pilot
1 rdstats power --effect 0.1 --sd 0
  sd 0 is not a standard deviation over models; it is above 0
1 rdstats power --effect 0.1 --sd 0.1 --level 0.99
  level 0.99 is not the error of a test; write 0.01 for a 99 % interval
2 rdstats power --effect 0.1 --sd 0.1 --samples 100
  --samples needs --pilot
2 rdstats power --drop 0.1
  test images need both --drop and --churn
2 rdstats power --drop 0.1 --churn 0.2 --sd 1
  --drop and --churn ask about images, the others about seeds
1 rdstats power --drop 0.1 --churn 0.2 --out x.svg
  suffix '.svg' is not known; use one of .csv
1 rdstats power --models 9 --sd 0.1 --out x.svg
  there is no curve without an effect; give --effect 0.10
2 rdstats power --rule 'drop <= 0.01'
  --rule needs --samples, --before and --churn
1 rdstats simulate --where classes=11
  no cell has classes=11; known: 10, 100
1 rdstats simulate --named --where luck=0.008
  no cell has luck=0.008; known: 0.017
2 rdstats simulate --gate --luck
  --luck and --gate are studies of their own; choose one
2 rdstats simulate --gate --where classes=10
  --where chooses cells of the other studies
2 rdstats simulate --print --json
  --print prints Markdown: leave out --json and --quiet
1 rdstats simulate --print --out nowhere
  nowhere/rates.csv is not there; `rdstats simulate --out nowhere` makes it
2 rdstats import excel before.csv --out new.parquet
  there is no format 'excel': formats are predictions, confusion
2 {IMPORT} --ratio 1 --out new.csv
  a recall table is Parquet; name it recall.parquet
1 {IMPORT} --out new.parquet
  before.csv does not say method, ratio and stage: give --method NAME and so on
1 {IMPORT} --method MP --ratio 0.5 --stage finetuned --out new.parquet
  ratio is 0.5, but parameters before / after compression is a finite number, at least 1: give
2 {IMPORT} --ratio 1 --out not-there/new.parquet
  the folder not-there is not there: make it first, or correct the name
1 rdtrain run absent.toml
  there is no study file absent.toml: check the path
1 rdtrain run empty
  empty cannot be read (Is a directory): name a study file
1 rdtrain run before.csv
  before.csv is not TOML: Expected '='
1 rdtrain run key.toml
  [study] has an unknown key 'modells': did you mean 'models'?
1 rdtrain run method.toml
  unknown method 'MPP': did you mean 'MP'?
1 rdtrain run ratio.toml
  ratios[0] is 0.5, but it must be greater than or equal to 1
1 rdtrain run study.toml --plugin absent.py
  the plug-in absent.py cannot be read (No such file or directory): name a .py file
1 rdtrain run study.toml --plugin plain.py
  plain.py registers nothing: write @architecture, @dataset or @method
2 rdtrain run study.toml --shard 5/3
  '5/3' is no share: write i/n, such as 2/4, from 1/n to n/n
1 rdtrain run study.toml --out study.toml
  study.toml cannot be a folder for results (it is a file): choose another --out
1 rdtrain plan study.toml --out study.toml
  study.toml cannot be a folder
2 rdtrain run study.toml --engine slurm
  'slurm' is not one of 'local', 'ray'
2 rdtrain run study.toml --device tpu
  'tpu' is not one of 'auto'
2 rdtrain run study.toml --gpu-share 0.5
  --gpu-share is for --engine ray: write --processes here
2 rdtrain run study.toml --gpu-share 0
  Invalid value for '--gpu-share':
2 rdtrain run study.toml --processes 2 --engine ray
  --processes is for this machine: with ray write --gpu-share
2 rdtrain run study.toml --processes 0
  Invalid value for '--processes':
2 rdtrain run
  Missing argument 'STUDY.toml'
2 rdtrain rn
  No such command 'rn'. Did you mean 'run'? Try 'rdtrain --help'
1 rdtrain data MNISTT
  there is no data set 'MNISTT': did you mean 'MNIST'?
1 rdtrain data MNIST --from nowhere --data-root data
  there is no folder nowhere: `--from` takes the folder that holds MNIST's files
""".splitlines()
USAGES = [
    (line[2:], int(line[0]), words.strip())
    for line, words in zip(WRONG[::2], WRONG[1::2], strict=True)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that are in order, and some that are not."""
    folder = tmp_path_factory.mktemp("wrong")
    truth = np.repeat(["coat", "shirt", "bag"], 60)
    right = pd.DataFrame({"id": range(180), "y_true": truth, "y_pred": truth})
    labels = right[["y_true", "y_pred"]]
    for name, frame in {
        "before": right,
        "after": right,
        "secret": right,
        "noid": labels,
        "short": labels.iloc[:150],
        "fewer": right.iloc[:150],
        "nan": right.assign(y_pred=right["y_pred"].where(right["id"] != 3)),
        "truth": right[["id", "y_true"]],
        "other-test": right.assign(y_true=truth[::-1]),
        "header": right.iloc[:0],
    }.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    (folder / "secret.csv").chmod(0)
    study = SMALL_STUDY.format(models=1)
    for name, text in {
        "empty.csv": "",
        "other.json": '{"loss": [0.1, 0.2], "epoch": 3}',
        "broken.json": '{"loss": ',
        "study.toml": study,
        "key.toml": study.replace("models =", "modells ="),
        "method.toml": study.replace('"MP"', '"MPP"'),
        "ratio.toml": study.replace("[2]", "[0.5]"),
        "plain.py": "",
    }.items():
        (folder / name).write_text(text)
    for name in ("empty", "folder.csv"):
        (folder / name).mkdir()
    for name, table in {
        "recall": recall_table(methods=("MP", "UP"), ratios=(2.0, 10.0), models=4),
        "one": recall_table(models=2, ratios=(2.0,)),
    }.items():
        write_recall_table(table, folder / f"{name}.parquet", Provenance())
    return folder


@pytest.mark.parametrize(("line", "code", "words"), USAGES, ids=[usage[0] for usage in USAGES])
def test_a_wrong_usage_is_answered_in_one_line_that_teaches(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    line: str,
    code: int,
    words: str,
) -> None:
    """1: our own error; 2: misuse of the command line. Nothing is written or made.

    With --gate our own errors leave with 4: 1 would read as harm.
    """
    monkeypatch.chdir(folder)
    if "secret" in line and os.access("secret.csv", os.R_OK):
        pytest.skip("this user may read every file")
    there = sorted(folder.rglob("*"))
    program, *typed = shlex.split(line)
    run: Callable[..., Any] = request.getfixturevalue(program)
    done = run(*typed)
    assert done.code == code
    assert done.out == "" or program == "rdtrain"  # which says first what it runs
    assert done.err.startswith(f"{program}: error: ")
    assert words in done.err
    assert done.err.count("\n") == 1
    for ours in ("fault of ours", "Value error", "Traceback"):
        assert ours not in done.err
    if typed[0] == "check":
        assert run(*typed, "--gate") == ({1: 4, 2: 2}[code], "", done.err)
    assert sorted(folder.rglob("*")) == there
