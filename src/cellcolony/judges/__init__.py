"""How much training a candidate gets, and what its verdict is: one file a judge.

A judge is a frozen dataclass of settings that follows `contract.Judge`. Its half on a worker stands
on top of the task's own training; its half on the master, a `contract.Referee`, may promote
candidates. `training/` holds no judges but the trainings that tasks name; it is a folder of its own
so that judges are found without torch.
"""

from __future__ import annotations

from cellcolony.contract import Judge
from cellcolony.registry import Registry

JUDGES: Registry[type[Judge]] = Registry("judge", "cellcolony.judges", "cellcolony.judges")
