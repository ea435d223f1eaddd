from dataclasses import replace
from pathlib import Path

import pytest

from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.against import TITLES
from cellcolony.runs.comparison import Spread, check_same_data, grouped, open_runs, paired
from cellcolony.runs.evolve import evolve
from cellcolony.runs.repeat import repeat
from cellcolony.runs.stored import open_run
from cellcolony.tasks.forecast import Forecast
from tests.runs.settings import ANTS, TRAINING


@pytest.fixture(scope="module")
def folder(tmp_path_factory, task):
    """Three seeds of a search, each held against random search."""
    out = tmp_path_factory.mktemp("repeat") / "seeds"
    repeat(task, ANTS, "3 networks", seeds=3, seed=4, protocol=TRAINING, out=out, against="random")
    return out


def test_each_seed_is_a_run_of_its_own(folder):
    assert sorted(path.name for path in folder.iterdir()) == ["seed-4", "seed-5", "seed-6"]
    runs = open_runs([folder])
    assert [run.config.seed for run in runs] == [4, 5, 6]


def test_a_seed_among_several_is_the_same_run_as_alone(folder, task):
    alone = evolve(task, ANTS, "3 networks", seed=5, protocol=TRAINING)
    among = open_run(folder / "seed-5")

    def numbers(run):
        return [(s.model, s.split, s.mae) for s in run.scores if s.model not in TITLES.values()]

    assert numbers(among) == numbers(alone)


def test_random_search_is_a_rival_with_its_own_run_directory(folder):
    run, random = open_run(folder / "seed-4"), open_run(folder / "seed-4" / "random")
    assert random.n_done == run.n_done == 3
    assert random.config.search["method"] == "RandomSearch"
    for split in ("valid", "test"):
        (rival,) = [s for s in run.rivals if (s.model, s.split) == ("random search", split)]
        (best,) = [
            s for s in random.scores if (s.network, s.split) == (random.chosen.number, split)
        ]
        assert (rival.mae, rival.mse, rival.n_rows) == (best.mae, best.mse, best.n_rows)
        assert rival.n_weights == random.best.n_weights
    assert run.outcome is not None
    assert run.outcome.against_networks == 3


def test_the_best_network_knows_the_epochs_behind_it_and_rivals_get_as_many(task, tmp_path):
    run = evolve(task, ANTS, "12 networks", seed=1, protocol=TRAINING, out=tmp_path / "run")
    read = open_run(tmp_path / "run")
    assert [c.epochs_before for c in read.front] == [c.epochs_before for c in run.front]
    own_epochs = {champion.own_epochs for champion in run.front}
    assert own_epochs <= {TRAINING.epochs, ANTS.second_training * TRAINING.epochs}
    assert any(champion.epochs_before > 0 for champion in run.front)
    networks = [score for score in run.rivals if score.epochs is not None]
    assert len({score.model for score in networks}) in (3, 4, 5, 6)
    assert {score.epochs for score in networks} == {run.chosen.epochs}
    assert run.outcome is not None
    assert run.outcome.rival_epochs == run.chosen.epochs


def test_groups_are_runs_that_differ_in_the_seed_alone(folder):
    one = grouped(open_runs([folder]))
    assert [(group.name, len(group.runs), dict(group.settings)) for group in one] == [("A", 3, {})]
    random = [path / "random" for path in sorted(folder.iterdir())]
    ours, theirs = grouped(open_runs([folder, *random]))
    assert (dict(ours.settings), dict(theirs.settings)) == (
        {"method": "AntSwarm"},
        {"method": "RandomSearch"},
    )
    compared = paired(ours, theirs)
    assert compared is not None
    assert compared.n_pairs == 3
    assert compared.is_too_small


def test_groups_without_a_common_seed_have_nothing_to_pair(folder):
    runs = open_runs([folder])
    other = replace(runs[1], config=replace(runs[1].config, order="strict"))
    one, two = grouped([runs[0], other])
    assert (one.settings, two.settings) == ({"order": "arrival"}, {"order": "strict"})
    assert paired(one, two) is None


def test_the_spread_is_least_median_and_most():
    assert Spread.of([3.0, 1.0, 2.0, 10.0]) == (1.0, 2.5, 10.0)
    assert Spread.of([4.0]) == (4.0, 4.0, 4.0)


def test_runs_on_different_data_are_refused_with_the_runs_that_belong_together(
    folder, frame, tmp_path
):
    other = Forecast.from_frames(frame[:290], ["wave"])
    evolve(other, ANTS, "1 network", protocol=TRAINING, out=tmp_path / "other")
    with pytest.raises(RunError, match="different data or splits") as caught:
        open_runs([folder, tmp_path / "other"])
    for path in ("seed-4", "seed-6", "other"):
        assert path in str(caught.value)


def test_the_same_data_pass(folder):
    check_same_data(open_runs([folder]))


def test_a_run_named_twice_counts_once_and_files_are_passed_over(folder, tmp_path):
    (tmp_path / "plot.png").write_text("")
    same = Path(f"{folder}/../seeds/seed-4")
    assert len(open_runs([folder / "seed-4", folder, same, tmp_path / "plot.png"])) == 3


@pytest.mark.parametrize("where", ["nothing", "."])
def test_what_is_no_run_is_named(tmp_path, where):
    with pytest.raises(RunError, match=r"no such run directory|holds none"):
        open_runs([tmp_path / where])
    with pytest.raises(RunError, match="no run to compare"):
        open_runs([])


@pytest.mark.parametrize("seeds", [0, -1, 1.5, True])
def test_a_number_of_seeds_that_is_none_is_refused(task, seeds):
    with pytest.raises(ConfigError, match="`seeds` must be a whole number of at least 1"):
        repeat(task, ANTS, "1 network", seeds=seeds)


def test_seeds_are_never_written_over_another_run(task, tmp_path):
    with pytest.raises(RunError, match="never written over"):
        repeat(task, ANTS, "1 network", seeds=2, out=tmp_path)


def test_an_unknown_search_to_be_held_against_is_refused(task):
    with pytest.raises(ConfigError, match="`against` must be one of: random"):
        evolve(task, ANTS, "1 network", against="rndom")
