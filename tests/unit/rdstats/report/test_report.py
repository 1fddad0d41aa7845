"""The report as a folder: everything in it, the page last, the same bytes again."""

import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pyarrow as pa
import pytest

from data_contracts.provenance import Provenance
from rdstats.errors import StatsError
from rdstats.pages.glossary import GLOSSARY
from rdstats.report.report import write_report
from rdstats.tables.selection import Selection
from synthetic import baseline, recall_table, table_of_counts

HOSTILE = "<script>alert(1)</script>"
FORMULA = "=cmd()"
MADE = Provenance(producer="rdtrain 0.1.0", study={"recipe": {"epochs": 10}})
PROVENANCE = {"recall.parquet": MADE}


def study() -> pa.Table:
    """Return a small study: two methods, two ratios, six models, a control arm."""
    slopes = {2.0: 0.8, 10.0: 1.3}
    return recall_table(methods=("MP", "UP"), ratios=(2.0, 10.0), models=6, slope_by_ratio=slopes)


class Page(HTMLParser):
    """What a browser would load and show of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.shown = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, its id and where it leads."""
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href"):
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.shown += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the small study."""
    out = tmp_path_factory.mktemp("report")
    write_report(study(), out, provenance=PROVENANCE)
    return out


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    """Its page."""
    return Page((folder / "index.html").read_text())


def test_every_table_stands_beside_the_page(folder: Path) -> None:
    """csv, md, tex and parquet; the points of the scatter plots without md and tex."""
    tables = ["classes", "collapsed", "conditions", "safe-ratios", "sensitivity", "slopes"]
    tables += [f"compare-{a}-{s}" for a in ("method", "ratio") for s in ("class-mean", "paper")]
    expected = {f"{name}.{suffix}" for name in tables for suffix in ("csv", "md", "tex", "parquet")}
    expected |= {"balances.csv", "balances.parquet", "index.html"}
    assert {path.name for path in folder.iterdir()} == expected


def test_the_page_begins_with_the_verdict_in_words(page: Page) -> None:
    """The counts before any figure; each method, each condition and the control beside theirs."""
    shown = page.shown.replace("\xa0", " ")
    for meaning in GLOSSARY.values():  # which stands behind its term
        shown = shown.replace(meaning, "")
    verdict = shown[: shown.index("Figure 3.")]
    assert "Of 4 conditions" in shown[: shown.index("Figure 1.")]
    assert (
        "Of 4 conditions (these samples), gaps between classes widened in 2 and narrowed in 2."
        in verdict
    )
    assert "MP (these samples): gaps between classes widened at 10×" in verdict
    assert "UP at 10× (these samples): gaps between classes widened by" in verdict
    for text in ("10 classes, 100 samples each", "rdtrain 0.1.0", "study: recipe: epochs"):
        assert text in page.shown  # where the numbers come from


def test_the_page_loads_nothing_and_links_only_to_what_lies_beside_it(
    folder: Path, page: Page
) -> None:
    """No address of another machine; every link leads somewhere."""
    assert not {"iframe", "object", "embed"} & set(page.tags)
    for link in page.links:
        assert not re.match(r"(https?:)?//", link)
        if link.startswith("#"):
            assert link[1:] in page.ids
        elif not link.startswith("data:"):
            assert (folder / link).exists(), link
    assert len(page.ids) == len(set(page.ids))  # figures bring their own along


def test_the_same_table_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """Page, tables and figures; no clock, no random ids. The page is last, and progress is told."""
    told: list[tuple[str, int, int]] = []

    def progress(what: str, done: int, total: int) -> None:
        told.append((what, done, total))
        assert (tmp_path / "index.html").exists() == (done == total)

    write_report(study(), tmp_path, provenance=PROVENANCE, progress=progress)
    assert [done for _, done, _ in told] == list(range(told[-1][2] + 1))
    for path in folder.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_report_that_fails_leaves_the_older_one_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables of other data never stand beside an older page."""
    before = {path: path.read_bytes() for path in folder.iterdir()}

    def fail(*_: object, **__: object) -> str:
        raise StatsError("no page")

    monkeypatch.setattr("rdstats.report.report.render", fail)
    with pytest.raises(StatsError, match="no page"):
        write_report(study(), folder, Selection(where=(("method", "MP"),)), margin=0.2)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_what_a_file_says_of_itself_in_no_json_is_shown(tmp_path: Path) -> None:
    """Python's json writes NaN, and `validate` passes it."""
    said = Provenance.from_json(b'{"version": "1.0", "study": {"loss": NaN, "by": [1e999]}}', "f")
    table = recall_table(models=2, ratios=(2.0,), methods=("MP",), control=False)
    page = Page(write_report(table, tmp_path, provenance={"f": said}).read_text())
    assert "study: lossNaN" in re.sub(r"\s", "", page.shown).replace("study:loss", "study: loss")
    assert "Infinity" in page.shown


def test_an_empty_selection_leaves_no_page(tmp_path: Path) -> None:
    """The error comes before anything is written."""
    with pytest.raises(StatsError, match="method"):
        write_report(study(), tmp_path / "out", Selection(where=(("method", "nope"),)))
    assert not (tmp_path / "out").exists()


def test_hostile_names_stay_text_everywhere(tmp_path: Path) -> None:
    """In the page, in csv and in LaTeX; a file's own words about itself, too."""
    counts = {}
    for model in (HOSTILE, FORMULA, "m2"):
        shift = len(model) % 3
        counts[baseline(model)] = [70 + shift, 80, 90]
        counts[HOSTILE, 2.0, "finetuned", model] = [65, 80 + shift, 90]
        counts[FORMULA, 2.0, "finetuned", model] = [60, 80, 90 + shift]
    table = table_of_counts(counts, study=HOSTILE, dataset=HOSTILE, architecture=FORMULA)
    write_report(
        table, tmp_path, provenance={HOSTILE: Provenance(producer=HOSTILE)}, figures=("svg",)
    )
    assert len(list(tmp_path.glob("*.svg"))) == 5
    text = (tmp_path / "index.html").read_text()
    assert HOSTILE not in text
    assert Page(text).shown.count(HOSTILE) > 5
    for picture in tmp_path.glob("*.svg"):
        svg = ElementTree.parse(picture)  # noqa: S314 - made by the test itself
        assert not [each for each in svg.iter() if each.tag.endswith("script")]
        assert "alert" not in picture.read_text().replace(escape(HOSTILE), "")
    slopes = pd.read_csv(tmp_path / "slopes.csv")
    assert set(slopes["architecture"]) == {"'" + FORMULA}
    assert set(slopes["model"]) == {HOSTILE, "'" + FORMULA, "m2"}
    latex = (tmp_path / "slopes.tex").read_text()
    assert "<script>" not in latex
    assert r"\textless{}script\textgreater{}" in latex


def test_one_model_makes_a_page_that_says_what_it_cannot_say(tmp_path: Path) -> None:
    """No interval, no verdict, no test, no control arm; and no failure."""
    table = recall_table(models=1, ratios=(2.0, 4.0), methods=("MP",), control=False)
    write_report(table, tmp_path)
    shown = Page((tmp_path / "index.html").read_text()).shown
    assert "there is no verdict in 2" in shown
    assert "the class-mean slope needs two models" in shown
    assert "There is no control arm" in shown


def test_several_data_sets_and_architectures_can_be_chosen(tmp_path: Path) -> None:
    """By method for each, by architecture and by data set for each method."""
    pairs = [("MNIST", "LeNet5"), ("CIFAR-10", "ResNet-20"), ("CIFAR-10", "ResNet-32")]
    tables = [
        recall_table(study=net, dataset=data, architecture=net, ratios=(2.0, 4.0), models=3)
        for data, net in pairs
    ]
    write_report(pa.concat_tables(tables), tmp_path)
    shown = Page((tmp_path / "index.html").read_text()).shown
    for fixed in ("MNIST, LeNet5: methods", "CIFAR-10, MP: architectures", "MP: data sets"):
        assert f"{fixed} side by side" in shown


def test_the_options_of_a_report_reach_its_tables_and_are_printed(tmp_path: Path) -> None:
    """Margins stand in the tables that they judge, and on the page, which names the selection."""
    page = write_report(
        study(),
        tmp_path,
        Selection(where=(("method", "MP"),)),
        delta=0.2,
        margin=0.02,
        quantity="excess",
        student=True,
    ).read_text(encoding="utf-8")
    conditions, classes = (
        pd.read_csv(tmp_path / f"{name}.csv") for name in ("conditions", "classes")
    )
    assert set(conditions["method"]) == {"MP", "none"}
    assert set(conditions["delta"]) == {0.2}
    assert set(zip(classes["margin"], classes["quantity"], strict=True)) == {(0.02, "excess")}
    for text in ("--where method=MP", "±0.2", "Student t, equal variances"):
        assert text in page
