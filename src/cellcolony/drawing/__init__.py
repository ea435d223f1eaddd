"""Drawings: networks as layered SVG and as DOT text for Graphviz, cells as expression trees.

What draws a method's own state, such as a colony of ants, lies in the method's folder.
"""

from cellcolony.drawing.cell import draw_cell, draw_cells
from cellcolony.drawing.dot import draw_dot
from cellcolony.drawing.mixture import draw_mixture
from cellcolony.drawing.svg import draw_svg

__all__ = ["draw_cell", "draw_cells", "draw_dot", "draw_mixture", "draw_svg"]
