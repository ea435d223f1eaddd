"""What a league found: tables for a person and for programs, a plot, and a page."""

from cellcolony.report.league.contents import league_contents
from cellcolony.report.league.files import write_league_files

__all__ = ["league_contents", "write_league_files"]
