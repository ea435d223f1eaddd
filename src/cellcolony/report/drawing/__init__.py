"""Drawings: networks as layered SVG and as DOT text for Graphviz, colonies and trees as SVG."""

from cellcolony.report.drawing.colony import draw_colony
from cellcolony.report.drawing.dot import draw_dot
from cellcolony.report.drawing.svg import draw_svg
from cellcolony.report.drawing.tree import draw_tree

__all__ = ["draw_colony", "draw_dot", "draw_svg", "draw_tree"]
