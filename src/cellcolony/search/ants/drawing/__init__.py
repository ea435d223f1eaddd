"""The drawing of a colony: its superstructure, with its pheromone as width and colour."""

from cellcolony.search.ants.drawing.colony import MOST_EDGES, draw_colony

__all__ = ["MOST_EDGES", "draw_colony"]
