"""The tables, the plot and the page of a league, on runs that never ran."""

import csv
import io
import math
import re

import pytest

from cellcolony.report.blocks import TableBlock
from cellcolony.report.league.contents import league_contents
from cellcolony.report.league.models import models_blocks
from cellcolony.report.league.plot import plot_league
from cellcolony.report.league.results import ranks_csv, results_csv
from cellcolony.report.league.watch import LeagueWatch
from cellcolony.report.page import render
from cellcolony.report.terminal import report
from cellcolony.runs.league.comparison import comparisons
from cellcolony.runs.league.ranking import ranking
from cellcolony.runs.league.run import RunBegins, RunEnds
from tests.report.rendered import rendered
from tests.runs.leagues import margin, run, standing


def full(n_tasks=7):
    """Return the standing of a league with every kind of model, two seeds each."""
    return standing(
        *(
            run(f"task{i}", seed, [margin("ridge", -3, -1)],
                evolved_network=(1.0, 1.0 + seed / 10), evolved_ensemble=(0.9, 0.95),
                random_search=(1.4, 1.5), ridge=(2.0, 2.0), ensemble_of_rivals=(2.5, 1.0))
            for i in range(n_tasks)
            for seed in range(2)
        ),
        missing={("task0", 2): "not run yet", ("gone", 0): "\x1b[31m bad.csv: no number."},
    )  # fmt: skip


def contents(found, plot=""):
    return league_contents(found, ranking(found), comparisons(found), plot)


def shown(found):
    return rendered(report(contents(found)), 110)


def test_what_was_evolved_is_told_first_the_network_and_then_the_ensemble():
    text = re.sub(r"\s+", " ", shown(full()))
    assert (
        "The evolved network beats the best rival by validation on 7 of 7 tasks, 7 of them by more "
        "than the interval. In the median its test error is 47.5 % below, at worst 47.5 % below"
    ) in text
    assert "The ensemble of evolved networks beats the best rival by validation on 7 of 7" in text
    assert "The ensemble of evolved networks against each other model, task by task" in text


def test_a_model_that_loses_is_said_to():
    text = shown(standing(run("a", evolved_network=(1.0, 3.0), ridge=(1.0, 2.0))))
    assert "50.0 % above" in text
    assert "1 task cannot give a p below 1" in text


def test_the_gap_is_that_from_validation_to_test():
    text = shown(standing(run("a", evolved_network=(1.0, 1.5), ridge=(2.0, 1.0))))
    (line,) = re.findall(r"a +1\.000 +1\.500.*", text)
    assert line.split()[3:5] == ["+50.0", "%"]
    assert line.split()[7:9] == ["-50.0", "%"]


def test_runs_that_do_not_count_are_told_by_their_reason_and_harm_no_terminal():
    text = shown(full())
    assert "Not run yet: task0, seed 2." in text
    assert "?[31m bad.csv: no number: gone, seed 0." in text
    assert "\x1b" not in text
    untested = standing(run("a", evolved_network=(1.0, None), ridge=(1.0, None)))
    assert "There is no test split: a, seed 0." in shown(untested)


def test_many_tasks_stand_in_several_tables():
    found = full(30)
    tables = [
        block for block in models_blocks(found, ranking(found)) if isinstance(block, TableBlock)
    ]
    assert len(tables) > 3
    told = [column.title for table in tables[1:] for column in table.header[1:]]
    assert told == [f"task{i}" for i in range(30)]
    assert max(map(len, shown(found).splitlines())) <= 110


def test_files_hold_every_score_and_every_rank():
    found = full(2)
    rows = list(csv.DictReader(io.StringIO(results_csv(found))))
    assert [*rows[0]][:9] == [
        "task", "seed", "model", "role", "split", "measure", "value", "n_weights", "seconds",
    ]  # fmt: skip
    assert len(rows) == 2 * 2 * 5 * 2
    ranks = {one["model"]: one for one in csv.DictReader(io.StringIO(ranks_csv(
        found, ranking(found)
    )))}  # fmt: skip
    assert float(ranks["ridge"]["mean_rank"]) == 5.0
    assert float(ranks["ridge"]["task1"]) == pytest.approx(2 / 0.95)


def test_the_plot_has_a_row_for_each_task_and_the_best_rival_at_one(tmp_path):
    svg = plot_league(full(), tmp_path / "league.svg")
    assert svg.startswith("<svg")
    assert (tmp_path / "league.svg").read_text().endswith(svg)
    for word in ("task6", "evolved ensemble", "random search", "best rival by validation"):
        assert f"<!-- {word} -->" in svg
    assert plot_league(full(), tmp_path / "again.svg") == svg, "the same runs, the same file"


@pytest.mark.parametrize("error", [0.0, math.inf, math.nan])
def test_what_cannot_be_drawn_is_left_out(tmp_path, error):
    odd = standing(run("odd", evolved_network=(1.0, 1.0), ridge=(1.0, error)))
    assert plot_league(odd, tmp_path / "league.svg") == ""
    both = standing(
        run("odd", evolved_network=(1.0, 1.0), ridge=(1.0, error)),
        run("even", evolved_network=(1.0, math.inf), ridge=(1.0, 2.0)),
    )
    svg = plot_league(both, tmp_path / "league.svg")
    assert "<!-- even -->" in svg
    assert "<!-- odd -->" not in svg
    assert shown(both)


def test_a_league_without_runs_is_a_page_too():
    found = standing(run("a", evolved_network=(1.0, 1.0)))
    assert "<h1>League" in render("League", contents(found))
    empty = type(found)(found.facts, (), {("a", 0): "not run yet"})
    assert "Not run yet" in shown(empty)


def test_the_log_says_which_run_it_is_and_how_long_is_left():
    written, now = [], [0.0]

    class Stack:
        def close(self): ...

        def enter_context(self, manager):
            return Shown()

    class Shown:
        def observe(self, event):
            written.append(event.text)

    watch = LeagueWatch(None, lambda: now[0], Stack())  # pyright: ignore[reportArgumentType]
    watch.observe(RunBegins("coal", 0, 1, 3))
    now[0] = 60.0
    watch.observe(RunEnds("coal", 0, failure="bad \x1b data"))
    watch.observe(RunBegins("bike", 0, 2, 3))
    watch.observe(RunEnds("bike", 0, 0.5, 0.25))
    assert written == [
        "Run 1 of 3: coal, seed 0",
        "coal, seed 0 failed: bad ? data",
        "Run 2 of 3: bike, seed 0; 1 failed; some 2 min 00 s left",
        "bike, seed 0: the evolved network has valid 0.5000, test 0.2500.",
    ]
