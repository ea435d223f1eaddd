"""Drawings of networks: layered SVG without any other program, and DOT text for Graphviz."""

from cellcolony.report.drawing.dot import draw_dot
from cellcolony.report.drawing.svg import draw_svg

__all__ = ["draw_dot", "draw_svg"]
