from dataclasses import replace

import pytest

from cellcolony.report.battery import battery_tables, notes, write_battery_files
from cellcolony.runs.battery.grid import Place
from cellcolony.runs.battery.ranking import rank
from cellcolony.runs.battery.summary import by_group, coefficient, difference, summaries
from cellcolony.runs.spread import Spread
from tests.runs.batteries import failed, record, two_axes


@pytest.fixture(scope="module")
def battery():
    return two_axes()


@pytest.fixture(scope="module")
def records(battery):
    """Twelve configurations: the errors of repeat 0 rise by 1, those of repeat 1 fall by 3.

    The means are 19, 18 ... 8, so the last ten are the top 10 by mean and median; the better of the
    two is 1, 2 ... 9, then 10, 7, 4.
    """
    labels = [one.label for one in battery.configurations]
    first = [record(label, 0, valid=1.0 + i) for i, label in enumerate(labels)]
    return [*first, *(record(label, 1, valid=37.0 - 3 * i) for i, label in enumerate(labels))]


def test_table_1_counts_the_configurations_of_each_level_among_the_best(battery, records):
    ranking = rank(summaries(battery, records), "valid")
    assert (ranking.n_ranked, ranking.tops) == (12, (10,))
    letters = [ranking.counts[Place("letter", x), 10, "mean"] for x in "abcd"]
    assert letters == [1, 3, 3, 3]  # without "a, 1" and "a, 2"
    # by the best of the two, 9 (the third of "c") and 10 (the first of "d") fall out
    assert [ranking.counts[Place("letter", x), 10, "best"] for x in "abcd"] == [3, 3, 2, 2]


def test_table_1_counts_a_level_among_its_groups(battery, records):
    ranking = rank(summaries(battery, records), "valid")
    odd, even = Place("number", "odd"), Place("number", "even")
    assert (ranking.n_of[odd], ranking.n_of[even]) == (8, 4)
    assert (ranking.counts[odd, 10, "mean"], ranking.counts[even, 10, "mean"]) == (7, 3)
    assert (ranking.counts[odd, 10, "median"], ranking.counts[even, 10, "median"]) == (7, 3)


def test_table_1_ranks_no_configuration_that_failed_throughout(battery, records):
    gone = battery.configurations[11].label
    left = [r for r in records if r.configuration != gone]
    ranking = rank(summaries(battery, [*left, failed(gone, 0), failed(gone, 1)]), "valid")
    assert ranking.n_ranked == 11
    assert ranking.n_of[Place("letter", "d")] == 2


def test_few_configurations_have_no_table_1(battery):
    few = [record(one.label) for one in battery.configurations[:9]]
    assert rank(summaries(battery, few), "valid").tops == ()
    assert "table_1.csv" not in [table.file for table in battery_tables(battery, few)]


def test_sizes_are_meant_over_the_best_network_of_each_run_of_a_level(battery):
    a1, a2, _, b1, *_ = [one.label for one in battery.configurations]
    runs = [record(a1, n_edges=4), record(a1, 1, n_edges=5), record(a2, n_edges=9), record(b1)]
    groups = by_group(summaries(battery, [*runs, failed(b1, 1)]))
    spread = Spread.of(run.n_edges for run in groups[Place("letter", "a")])
    assert spread == Spread(3, 6.0, 7.0**0.5, 4.0, 5.0, 9.0)  # of -2, -1, 3: 14 / 2
    assert len(groups[Place("letter", "b")]) == 1
    assert len(groups[Place("number", "odd")]) == 3


def test_the_structure_coefficient_is_one_over_error_times_weights():
    run = record("a", valid=0.5, test=0.25, n_weights=8)
    assert coefficient(run, "valid") == 0.25
    assert coefficient(run, "test") == 0.5
    assert coefficient(failed("a"), "valid") is None


def test_a_configuration_is_held_against_the_baseline_on_the_repeats_of_both(battery):
    one, base = (configuration.label for configuration in battery.configurations[:2])
    ours = [record(one, r, test=test) for r, test in enumerate([1.0, 2.0, 3.0, 8.0, 9.0])]
    theirs = [record(base, r, test=test) for r, test in enumerate([2.0, 4.0, 6.0, 4.0])]
    a, b = summaries(battery, [*ours, *theirs, failed(base, 4)])
    found = difference(a, b)
    assert found is not None
    assert found.median == -1.5  # of -1, -2, -3, +4
    assert (found.test.n_pairs, found.test.n_below) == (4, 3)
    # The rank against it is 4; 7 of 16 sums are as small: {}, 1, 2, 3, 4, 1 + 2, 1 + 3
    assert found.test.p_value == 2 * 7 / 16
    assert difference(a, summaries(battery, [failed(base)])[0]) is None


def test_the_paired_p_of_six_wins_of_six_is_one_in_32(battery):
    one, base = (configuration.label for configuration in battery.configurations[:2])
    ours = [record(one, r, test=1.0) for r in range(6)]
    theirs = [record(base, r, test=1.1 + r) for r in range(6)]
    a, b = summaries(battery, [*ours, *theirs])
    found = difference(a, b)
    assert found is not None
    assert found.test.p_value == 2 / 64


def test_the_files_hold_the_tables_in_full_and_a_plot(battery, records, tmp_path):
    tables = battery_tables(battery, records)
    paths = write_battery_files(battery, records, tables, tmp_path)
    assert [path.name for path in paths] == [
        "table_1.csv", "levels.csv", "table_2.csv", "table_3.csv", "coefficient.csv",
        "configurations.csv", "battery.svg",
    ]  # fmt: skip
    first, *rows = (tmp_path / "table_1.csv").read_text().splitlines()
    assert first == (
        "axis,level,configurations,top 10 by mean valid MAE,top 10 by median valid MAE,"
        "top 10 by best valid MAE"
    )
    assert rows[0] == "letter,a,3,1,1,3"
    assert "<svg" in (tmp_path / "battery.svg").read_text()


def test_the_table_of_configurations_has_mean_deviation_and_reach_of_both_splits(battery):
    one, other = (configuration.label for configuration in battery.configurations[:2])
    ours = [record(one, r, valid=4.0, test=test) for r, test in enumerate([1.0, 2.0, 6.0])]
    *_, table = battery_tables(battery, [*ours, record(other)])
    found = dict(zip(table.columns, table.rows[0], strict=True))
    parts = ("mean", "sd", "min", "median", "max")
    assert [found[f"test MAE {part}"] for part in parts] == [3.0, 7.0**0.5, 1.0, 2.0, 6.0]
    assert [found[f"valid MAE {part}"] for part in parts] == [4.0, 0.0, 4.0, 4.0, 4.0]
    assert table.rows[1][4] is None  # a single run has no deviation


def test_the_same_results_give_the_same_plot(battery, records, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_battery_files(battery, records, (), tmp_path / name)
    assert (tmp_path / "one/battery.svg").read_bytes() == (
        tmp_path / "two/battery.svg"
    ).read_bytes()


def test_a_configuration_whose_every_run_failed_is_listed_as_such(battery):
    one, other = (configuration.label for configuration in battery.configurations[:2])
    records = [failed(one), failed(one, 1), record(other), failed(other, 1)]
    *_, table = battery_tables(battery, records)
    assert table.rows[0] == (one, 2, 2, *[None] * 10)
    said = notes(battery, records)
    assert f"{one}: 2 of 2 runs failed: the training diverged." in said
    assert f"{other}: 1 of 2 runs failed: the training diverged." in said
    assert any("delete its line in results.jsonl" in line for line in said)
    assert "20 runs left: start the same battery again to go on." in said


def test_what_is_judged_by_unequal_numbers_of_runs_is_told(battery):
    one, other = (configuration.label for configuration in battery.configurations[:2])
    equal = [record(one), record(other)]
    assert not any("judged by" in line for line in notes(battery, equal))
    assert any("judged by 1 to 2 runs" in line for line in notes(battery, [*equal, record(one, 1)]))


def test_the_notes_say_how_many_comparisons_chance_wins(battery):
    compared = replace(battery, baseline=battery.configurations[0].label, repeats=6)
    (line,) = [line for line in notes(compared, []) if "chance" in line]
    assert "of 11 without any difference, up to 0.55 on average come out below 0.05" in line
    few = notes(replace(compared, repeats=5), [])  # no p of five pairs is below 0.05
    assert not any("chance" in line for line in few)
    assert any("5 pairs cannot give a p below 0.0625" in line for line in few)


def test_without_a_finished_run_there_is_no_table(battery):
    assert battery_tables(battery, []) == ()
    assert notes(battery, []) == ["24 runs left: start the same battery again to go on."]


def test_where_nothing_succeeded_there_is_no_plot(battery, tmp_path):
    paths = write_battery_files(battery, [failed("a, 1")], (), tmp_path)
    assert paths == []
