"""Searches of several colonies: the same run for any number of workers, resumed and replayed."""

from dataclasses import replace

import pytest

from cellcolony.errors import ConfigError
from cellcolony.report.pictures import learned
from cellcolony.runs.events import Told
from cellcolony.runs.open import open_run
from cellcolony.runs.replay.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.search.ants import read_colony
from tests.runs import settings
from tests.runs.runs import Nth, front, journal, killed, killing
from tests.runs.settings import ANTS, TRAINING

N = 24
TWO = replace(ANTS, colonies=2, migrate_after=3, second_training=2)


def study(task):
    """Return a study that learns: it asks at most 4 candidates ahead."""
    stages = (SearchStage(window=4),)
    return Study.of(task, TWO, training=TRAINING, stages=stages, seed=1, order="strict")


@pytest.fixture(scope="module")
def alone(tmp_path_factory, read):
    """The run of one thread."""
    return study(read).run(f"{N} networks", out=tmp_path_factory.mktemp("two") / "run")


def test_the_journal_says_whose_a_candidate_is(alone):
    asked = [line for line in journal(alone.path) if line["event"] == "asked"]
    assert [line["how"]["colony"] for line in asked] == [0, 1] * (N // 2)
    assert any("trained_again" in line["how"] for line in asked)


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_strict_order_is_the_same_to_the_last_bit(alone, read, tmp_path, executor):
    path = tmp_path / "run"
    result = study(read).run(f"{N} networks", out=path, workers=3, executor=executor)
    assert journal(path) == journal(alone.path)
    assert front(result) == front(alone)
    assert result.kept("colony.safetensors") == alone.kept("colony.safetensors")


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("at", [3, 11, 17])
def test_a_search_that_was_killed_goes_on_as_if_undisturbed(alone, read, tmp_path, at):
    path = tmp_path / "run"
    with killed():
        study(read).run(f"{N} networks", out=path, on_event=killing(Nth(Told, at)))
    result = resume(path)
    assert journal(path) == journal(alone.path)
    assert result.kept("colony.safetensors") == alone.kept("colony.safetensors")


def test_a_run_is_replayed_from_its_journal(alone):
    search = replay(alone.path).search
    assert search is not None
    assert (search.n_asked, search.is_over, search.keepsake) == (N, True, "colony")


def test_the_best_colony_is_kept_and_drawn(alone):
    config = alone.config
    assert open_run(alone.path).config.method == TWO
    assert read_colony(config.method, config.problem, alone.kept).pheromones.edges.size
    drawing = learned(alone)
    assert drawing is not None
    assert "The best of 2 colonies: " in drawing


def test_a_budget_with_fewer_candidates_than_colonies_is_refused(task, tmp_path):
    path = tmp_path / "run"
    with pytest.raises(ConfigError, match=r"`colonies` must be at most .*1 network: .* Got 2\."):
        study(task).run("1 network", out=path)
    assert not path.exists()
    many = settings.forecast(task, (), replace(TWO, colonies=201))
    with pytest.raises(ConfigError, match=r"at most the budget, 200 networks: .* Got 201"):
        many.run()
