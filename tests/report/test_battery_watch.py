import io

from rich.console import Console

from cellcolony.report.battery.watch import watch_battery
from cellcolony.runs.battery.run import BatteryStarted, RunEnded
from cellcolony.runs.events import Compiling
from tests.runs.batteries import failed, record


def watched(console):
    times = iter([100.0, 100.0, 110.0, 130.0, 130.0, 130.0, 130.0, 130.0])
    with watch_battery(console, clock=lambda: next(times)) as watch:
        watch.observe(Compiling(("simple",)))
        watch.observe(BatteryStarted(8, 3, 2, "MAE"))
        watch.observe(RunEnded(record("a", valid=0.5, test=0.25)))
        watch.observe(RunEnded(failed("b", 1)))


def test_a_log_has_a_line_for_each_run(capsys):
    watched(Console(file=io.StringIO(), force_terminal=False))
    assert capsys.readouterr().err.splitlines() == [
        "Loading or compiling 1 cell.",
        "0.0 s: 3 of 8 runs done",
        "10.0 s: 4 of 8 runs done, some 40.0 s left; a, seed 0: valid MAE 0.5000, test MAE 0.2500",
        "30.0 s: 5 of 8 runs done, 1 failed, some 45.0 s left; b, seed 1: failed, the training "
        "diverged",
    ]


def test_a_terminal_shows_one_line_in_place(capsys):
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=100)
    with watch_battery(console, clock=lambda: 0.0) as watch:
        watch.observe(BatteryStarted(8, 3, 2, "MAE"))
    assert "3 of 8 runs done" in shown.getvalue()
    assert capsys.readouterr().err == ""
