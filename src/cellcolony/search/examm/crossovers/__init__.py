"""The crossovers: who the parents are, and how two genomes become one."""

from cellcolony.search.examm.crossovers.between_islands import between_islands
from cellcolony.search.examm.crossovers.recombination import recombined
from cellcolony.search.examm.crossovers.within_island import within_island

__all__ = ["between_islands", "recombined", "within_island"]
