"""Figures 1 to 13: panels, order, marks, what is missing, and that they are safe."""

import json
import re

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from full_design import full_design
from rdstats import charts
from rdstats.errors import StatsError
from rdstats.paper.figures import PaperFigure, paper_figures
from rdstats.tables.conditions import conditions
from rdstats.tables.selection import Selection
from synthetic import with_column

RESNETS = ["ResNet-20", "ResNet-32", "ResNet-44", "ResNet-56", "ResNet-110"]
METHODS = ["MP", "GP", "UP", "RP"]
DATASETS = ["MNIST", "Fashion-MNIST", "CIFAR-10", "CIFAR-100"]


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """The paper's whole design with four models, LTH and CHIP beside it."""
    return full_design(models=4)


@pytest.fixture(scope="module")
def figures(table: pa.Table) -> list[PaperFigure]:
    """Its thirteen figures."""
    return list(paper_figures(table))


def rows_of(figure: PaperFigure) -> pd.DataFrame:
    """Return the data of a figure that is drawn."""
    assert figure.chart is not None
    return pd.DataFrame(json.loads(figure.chart.data.values))


def panels(figure: PaperFigure) -> list[str]:
    """Return the names of a figure's panels in order."""
    facet = figure.chart.facet
    if figure.kind == "balances":  # numbered; the names are their labels
        label: str = facet.column.to_dict()["header"]["labelExpr"]
        return list(json.loads(label.removesuffix("[datum.value]")))
    return list(facet.to_dict()["sort"])


def some(table: pa.Table, **values: list[object]) -> pa.Table:
    """Return the baselines, and of the other rows those with one of these values."""
    kept = pc.equal(table["stage"], "baseline")
    found = [pc.is_in(table[name], pa.array(wanted)) for name, wanted in values.items()]
    both = found[0]
    for one in found[1:]:
        both = pc.and_(both, one)
    return table.filter(pc.or_(kept, both))


def test_figures_and_panels_stand_in_the_papers_order(figures: list[PaperFigure]) -> None:
    """By method, by architecture for MP, by data set, by architecture for UP; nothing is missing.

    Scatter plots have a row per ratio; Figure 13 has the low ratios of Appendix E.
    """
    assert [figure.number for figure in figures] == list(range(1, 14))
    assert [figure.missing for figure in figures] == [()] * 13
    kinds = [figure.kind for figure in figures]
    assert kinds == ["slopes"] * 4 + ["balances"] * 4 + ["intervals"] * 4 + ["tradeoff"]
    for first in (0, 4, 8):
        four = [panels(figure) for figure in figures[first : first + 4]]
        assert four == [METHODS, RESNETS, DATASETS, RESNETS]
    assert sorted(set(rows_of(figures[4])["ratio"])) == [2, 4, 10, 20, 50]
    assert panels(figures[12]) == [f"{net}, {p}" for p in ("MP", "UP") for net in RESNETS]
    assert sorted(set(rows_of(figures[12])["ratio"])) == [1, 2, 4, 6, 8, 10]


@pytest.mark.parametrize(
    ("slope", "column"), [("paper", "verdict"), ("class-mean", "class_mean_verdict")]
)
def test_marks_are_the_conditions_tables_verdicts_of_five_ratios(
    table: pa.Table, slope: str, column: str
) -> None:
    """Though the table has seven: the paper's family, 99 %."""
    of_paper = table.filter(pc.is_in(table["ratio"], pa.array([1.0, 2.0, 4.0, 10.0, 20.0, 50.0])))
    found = conditions(of_paper, Selection(where=(("architecture", "ResNet-56"),)))
    assert found.loc[found["method"] == "MP", "ci_level"].round(12).eq(0.99).all()
    first = next(paper_figures(table, slope=slope))  # type: ignore[arg-type]
    rows = rows_of(first).drop_duplicates(["panel", "ratio"])
    here = found[found["dataset"] == "CIFAR-10"].set_index(["method", "ratio"])[column]
    for panel, ratio, mark in rows[["panel", "ratio", "mark"]].itertuples(index=False):
        assert mark == charts.VERDICT_WORDS[here[panel, ratio]]


def test_what_is_missing_is_named_and_the_rest_is_drawn(table: pa.Table) -> None:
    """Data set, architecture, method and ratios."""
    partial = some(table, method=["MP"], architecture=["ResNet-20"], ratio=[2.0, 10.0])
    figures = {figure.number: figure for figure in paper_figures(partial)}
    assert "intervals (99 %)" in figures[10].caption  # two ratios of five are still two of five
    second = figures[2]
    assert second.missing[0] == "CIFAR-10, ResNet-20, MP, t = 4, 20, 50"
    assert second.missing[4] == "CIFAR-10, ResNet-110, MP, t = 2, 4, 10, 20, 50"
    assert panels(second) == ["ResNet-20"]
    assert sorted(set(rows_of(second)["ratio"])) == [2, 10]
    assert figures[13].missing[0] == "CIFAR-10, ResNet-20, MP, t = 4, 6, 8"
    for number in (1, 3, 4, 5, 7, 8, 9, 11, 12):
        assert figures[number].chart is None
        assert figures[number].missing


def test_a_selection_leaves_its_conditions_only(table: pa.Table) -> None:
    """And a value that no condition has is refused in the words of every command."""
    found = {f.number: f for f in paper_figures(table, Selection(where=(("method", "UP"),)))}
    assert found[2].chart is None
    assert found[4].missing == ()
    assert [text.split(", t")[0] for text in found[1].missing] == [
        f"CIFAR-10, ResNet-56, {method}" for method in ("MP", "GP", "RP")
    ]
    with pytest.raises(StatsError, match="no compressed condition has method XX"):
        next(paper_figures(table, Selection(where=(("method", "XX"),))))


def test_the_study_with_most_ratios_is_shown_and_two_such_are_refused(table: pa.Table) -> None:
    """Models of two studies are never pooled."""
    network = pc.and_(
        pc.equal(table["architecture"], "ResNet-20"), pc.equal(table["dataset"], "CIFAR-10")
    )
    one = some(table.filter(network), method=["MP"])
    other = with_column(one, "study", "other")
    with pytest.raises(StatsError, match=r"ResNet-20, MP is in several studies .*never pooled"):
        list(paper_figures(pa.concat_tables([one, other])))
    part = some(other, ratio=[2.0, 4.0, 6.0])
    figures = {f.number: f for f in paper_figures(pa.concat_tables([one, part]))}
    for number in (2, 13):
        assert not [text for text in figures[number].missing if "ResNet-20, MP" in text]
        assert "is taken from study cifar-10-resnet-20" in figures[number].caption


def test_models_that_are_missing_are_told(table: pa.Table) -> None:
    """A condition with three of four models is drawn, and the caption says which is not there."""
    gone = pc.and_(pc.equal(table["model"], "m3"), pc.equal(table["ratio"], 50.0))
    first = next(paper_figures(table.filter(pc.invert(gone))))
    assert re.search(r"MP, t = 50: .*m3", first.caption)
    assert not re.search(r"MP, t = 20:", first.caption)


def test_the_class_mean_slope_is_said_in_every_caption(table: pa.Table) -> None:
    """And on the axes of boxplots, intervals and the tradeoff."""
    for figure in paper_figures(some(table, method=["MP", "UP"]), slope="class-mean"):
        assert "class-mean slope in the place of α" in figure.caption
        if figure.number in (2, 10, 13):
            wanted = "pseudo-value of a model" if figure.number == 2 else "class-mean slope"
            assert wanted in json.dumps(figure.chart.to_dict(validate=False)["spec"])
