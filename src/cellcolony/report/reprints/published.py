"""What the Ant Swarm paper printed, as far as its numbers are known (ElSaid et al. 2020, Table 1).

Configurations among the best 10, 25, 100, 250 and 500 of 1,600, ranked by the mean, the median and
the best of their repeats. The structure coefficients, the errors and Tables 2 and 3 are lost.
"""

from __future__ import annotations

from collections.abc import Mapping

N_CONFIGURATIONS = 1_600
"""Inferred from the authors' talk; the paper's own number is lost. Its table counts 440
configurations of explorers alone among the best 500, and the grid that was inferred has 320."""
TOPS = (10, 25, 100, 250, 500)

TABLE_1: Mapping[str, tuple[tuple[int, int, int], ...]] = {
    "phi function": ((3, 4, 3), (9, 7, 9), (26, 23, 31), (58, 54, 49), (108, 96, 100)),
    "phi constant": ((7, 6, 7), (14, 14, 12), (60, 63, 54), (147, 149, 155), (294, 301, 299)),
    "no phi": ((0, 0, 0), (2, 4, 4), (14, 14, 15), (45, 47, 46), (98, 103, 101)),
    "L1": ((2, 4, 0), (9, 8, 3), (42, 34, 30), (96, 96, 91), (190, 186, 186)),
    "L2": ((5, 5, 6), (13, 12, 16), (40, 45, 38), (100, 98, 95), (189, 192, 185)),
    "standard": ((0, 0, 0), (1, 0, 0), (3, 0, 0), (20, 19, 0), (80, 77, 7)),
    "standard biased": ((0, 0, 0), (0, 0, 0), (3, 1, 0), (23, 16, 0), (83, 83, 11)),
    "explorer": ((0, 0, 10), (0, 0, 25), (1, 0, 100), (10, 6, 250), (92, 85, 440)),
    "explorer+forward": ((6, 7, 0), (14, 15, 0), (45, 49, 0), (98, 103, 0), (123, 128, 40)),
    "explorer+backward": ((0, 0, 0),) * 5,
    "explorer+both": ((4, 3, 0), (10, 10, 0), (48, 50, 0), (99, 106, 0), (122, 127, 2)),
    "no jumping": ((0, 0, 5), (0, 0, 13), (0, 0, 52), (0, 0, 128), (2, 9, 282)),
    "jumping": ((10, 10, 5), (25, 25, 12), (100, 100, 48), (250, 250, 122), (498, 491, 218)),
    "20 ants": ((0, 0, 2), (0, 0, 6), (0, 0, 24), (0, 0, 65), (3, 6, 220)),
    "40 ants": ((2, 0, 3), (5, 1, 7), (14, 15, 23), (50, 57, 63), (97, 87, 120)),
    "80 ants": ((4, 3, 2), (8, 11, 6), (44, 45, 26), (82, 80, 60), (175, 173, 80)),
    "160 ants": ((4, 7, 3), (12, 13, 6), (42, 40, 27), (118, 113, 62), (225, 234, 80)),
}
"""By the name of a group: for each top, the counts by mean, by median and by best."""
