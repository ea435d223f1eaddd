"""A league: the same study on many tasks, with several seeds each, so that chance on one is seen.

Each run is an ordinary run directory, `OUT/TASK/seed-N/`; all that is said of a league is read from
these.
"""

from cellcolony.runs.league.plan import League, read_league
from cellcolony.runs.league.run import run_league

__all__ = ["League", "read_league", "run_league"]
