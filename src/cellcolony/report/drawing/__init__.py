"""Drawings: networks as layered SVG and as DOT text for Graphviz, colonies as SVG."""

from cellcolony.report.drawing.colony import draw_colony
from cellcolony.report.drawing.dot import draw_dot
from cellcolony.report.drawing.svg import draw_svg

__all__ = ["draw_colony", "draw_dot", "draw_svg"]
