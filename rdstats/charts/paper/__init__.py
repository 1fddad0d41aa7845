"""Figures 1 to 13 of the paper, made from recall tables."""

from rdstats.charts.paper.figures import PaperFigure, paper_figures

__all__ = ["PaperFigure", "paper_figures"]
