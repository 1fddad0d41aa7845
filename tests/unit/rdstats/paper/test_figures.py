"""Figures 1 to 13: panels, order, marks, what is missing, and that they are safe."""

import re
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from full_design import full_design
from rdstats.charts.figure import Figure, to_svg
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


def chart_of(figure: PaperFigure) -> Figure:
    """Return the chart of a figure that has one."""
    assert figure.chart is not None
    return figure.chart


def titles(figure: PaperFigure) -> list[str]:
    """Return the titles of a figure's panels in order."""
    found = [panel["title"] for panel in chart_of(figure).chart.to_dict()["concat"]]
    return [title if isinstance(title, str) else title["text"] for title in found]


def parsed(figure: PaperFigure) -> ElementTree.Element:
    """Return a figure's picture as XML."""
    return ElementTree.fromstring(to_svg(chart_of(figure)))  # noqa: S314 - made by the test itself


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
    kinds = [chart_of(figure).kind for figure in figures]
    assert kinds == ["slopes"] * 4 + ["balances"] * 4 + ["intervals"] * 4 + ["tradeoff"]
    ratios = ("2×", "4×", "10×", "20×", "50×")
    for first in (0, 8):
        four = [titles(figure) for figure in figures[first : first + 4]]
        assert four == [METHODS, RESNETS, DATASETS, RESNETS]
    assert titles(figures[4]) == [f"{method}, {ratio}" for ratio in ratios for method in METHODS]
    assert titles(figures[12]) == [f"{net}, {p}" for p in ("MP", "UP") for net in RESNETS]
    panels = chart_of(figures[12]).chart.to_dict()["concat"]
    drawn = [panel["layer"][1]["layer"][0]["data"]["values"] for panel in panels]
    assert [[row["ratio"] for row in rows] for rows in drawn] == [[1, 2, 4, 6, 8, 10]] * 10


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
    panels = [panel["layer"][1]["data"] for panel in chart_of(first).chart.to_dict()["concat"]]
    rows = [dict.fromkeys(row["place"] for row in panel["values"]) for panel in panels]
    for method, places in zip(METHODS, rows, strict=True):
        here = found[(found["method"] == method) & (found["dataset"] == "CIFAR-10")]
        expected = [f"{row.ratio:g}×|{getattr(row, column)}" for row in here.itertuples()]
        assert list(places) == expected


def test_what_is_missing_is_named_and_the_rest_is_drawn(table: pa.Table) -> None:
    """Data set, architecture, method and ratios; the places stay, empty."""
    partial = some(table, method=["MP"], architecture=["ResNet-20"], ratio=[2.0, 10.0])
    figures = {figure.number: figure for figure in paper_figures(partial)}
    assert "interval (99 %)" in figures[10].caption  # two ratios of five are still two of five
    second = figures[2]
    assert second.missing[0] == "CIFAR-10, ResNet-20, MP, t = 4, 20, 50"
    assert second.missing[4] == "CIFAR-10, ResNet-110, MP, t = 2, 4, 10, 20, 50"
    assert titles(second) == RESNETS
    assert "none: the table has no rows." in second.caption
    assert "4× not in the table" in chart_of(second).alternative
    assert "".join(parsed(second).itertext()).count("none") == 3 + 4 * 5
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


@pytest.mark.parametrize("number", [1, 5, 9, 13])
def test_pictures_have_a_title_and_an_alternative_text(
    figures: list[PaperFigure], number: int
) -> None:
    """The title says which figure it is; the text has its numbers."""
    svg = parsed(figures[number - 1])
    title = svg.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert (title.text or "").startswith(f"Figure {number}. ")
    label = svg.get("aria-label") or ""
    assert label.startswith(title.text or "?")
    assert re.search(r"2× .*\d\.\d\d", label)


def test_the_class_mean_slope_is_said_in_every_caption(table: pa.Table) -> None:
    """And in the axis titles of boxplots, intervals and the tradeoff."""
    for figure in paper_figures(some(table, method=["MP", "UP"]), slope="class-mean"):
        assert "class-mean slope in the place of α" in figure.caption
        if figure.number in (2, 10, 13):
            text = "".join(parsed(figure).itertext())
            wanted = "pseudo-value of a model" if figure.number == 2 else "class-mean slope"
            assert wanted in text
