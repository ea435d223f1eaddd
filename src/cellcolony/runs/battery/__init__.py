"""A battery of experiments: configurations of a search, each run several times, and its tables."""

from cellcolony.runs.battery.plan import Battery, battery_names, read_battery
from cellcolony.runs.battery.run import run_battery

__all__ = ["Battery", "battery_names", "read_battery", "run_battery"]
