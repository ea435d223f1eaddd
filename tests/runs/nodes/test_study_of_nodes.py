"""A search for nodes from its first candidate to the scores, with trainings that take no time."""

import csv
import json
import math
from dataclasses import replace
from itertools import pairwise

import pytest

from cellcolony.cells import Cell
from cellcolony.cells.tree import Tree
from cellcolony.errors import ConfigError, RunError
from cellcolony.judges.caps import Caps
from cellcolony.runs.events import ItemDone, SearchStarted, Told
from cellcolony.runs.open import open_run
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.search.fixed.trials import trials_of
from cellcolony.search.nodes import RandomTrees
from tests.runs import fakes, settings
from tests.runs.fakes import faked
from tests.runs.runs import lines_of, outcome, same, scores
from tests.runs.settings import FINAL, NODES, SEARCH

N = NODES.n_candidates
FINALS = FinalsStage(training=FINAL, n_seeds=2)

pytestmark = pytest.mark.usefixtures("no_training")


def evolved(text, path, *stages, budget=None, **how):
    study = settings.nodes(text, (SEARCH, *stages, FINALS, FinalScoresStage()))
    return study.run(budget, out=path, **{"executor": "threads", **how})


@pytest.fixture(scope="module")
def events():
    return []


@pytest.fixture(scope="module")
def run(tmp_path_factory, text, events):
    """A run on one thread; never change it."""
    path = tmp_path_factory.mktemp("evolved") / "run"
    with faked():
        return settings.nodes(text).run(out=path, executor="threads", on_event=events.append)


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def named(result):
    return {one.model: one for one in result.models}


def test_the_best_node_of_each_size_stands_on_the_front(run):
    sizes = [champion.size for champion in run.front]
    losses = [champion.loss for champion in run.front]
    assert sizes == sorted(set(sizes))
    assert losses == sorted(losses, reverse=True)
    told = [one.loss for one in run.history.candidates if one.loss is not None]
    assert run.chosen.loss == min(told)
    assert (run.n_done, run.n_failed) == (N, sum(n % 5 == 3 for n in range(N)))


def test_the_front_file_tells_size_against_the_search_perplexity(run, text):
    lines = rows(run.path / "front.csv")
    assert [int(row["candidate"]) for row in lines] == [champion.number for champion in run.front]
    assert [row["chosen"] for row in lines] == ["no"] * (len(lines) - 1) + ["yes"]
    model = run.config.training.model
    for row, champion in zip(lines, run.front, strict=True):
        assert int(row["size"]) == champion.size
        assert float(row["valid_perplexity"]) == pytest.approx(math.exp(champion.loss))
        made = model.of(champion.genome.to_cell(), len(text.vocabulary))
        assert int(row["n_weights"]) == made.n_weights


def test_a_champion_is_kept_as_tree_as_cell_and_as_equations(run):
    for champion in run.front:
        folder = run.path / "champions" / str(champion.number)
        tree = Tree.from_dict(json.loads((folder / "genome.json").read_text()))
        assert tree == champion.genome
        cell = Cell.from_dict(json.loads((folder / "cell.json").read_text()))
        assert cell == tree.to_cell(f"node {champion.number}")
        assert r"\begin{aligned}" in (folder / "equations.tex").read_text()


def test_random_search_draws_as_many_candidates_in_a_run_of_its_own(run):
    other = open_run(run.path / "control")
    assert other.config.method == RandomTrees(NODES)
    assert other.n_done == N == outcome(run).control_candidates
    assert {one.split for one in other.scores} == {"valid"}


def test_everybody_is_scored_with_every_seed_and_no_two_trainings_are_mixed_up(run):
    models = named(run)
    assert list(models) == [
        "evolved node", "random search", "lstm", "gru", "nascell", "how often each word comes"
    ]  # fmt: skip
    for one in list(models.values())[:-1]:
        final = [score for score in one.scores if score.stage == "final"]
        assert [(s.seed, s.split) for s in final] == [
            (seed, split) for seed in (1, 2) for split in ("valid", "test")
        ]
        (search,) = [score for score in one.scores if score.stage == "search"]
        assert (search.split, search.seed) == ("valid", None)
    ours = models["evolved node"]
    assert {one.candidate for one in ours.scores} == {run.chosen.number}
    assert ours.value("valid", stage="search") == pytest.approx(math.exp(run.chosen.loss))
    assert models["lstm"].value("valid", stage="search") == pytest.approx(math.exp(5.0))
    values = models["lstm"].values("test")
    assert models["lstm"].value("test") == pytest.approx(math.sqrt(values[0] * values[1]))
    assert run.error("test") == ours.value("test")


def test_what_is_shown_of_the_end_tells_validation_until_all_is_trained(events):
    done = [event for event in events if isinstance(event, ItemDone)]
    stages = list(dict.fromkeys(event.stage for event in done))
    assert stages == ["cells", "finals", "test", "final-scores"]
    for event in done:
        said = {"cells": "search perplexity", "finals": "on validation", "test": ""}
        assert said.get(event.stage, "on test") in event.text
        assert ("test" in event.text) == (event.stage == "final-scores")


def test_both_searches_are_announced_by_their_names(events):
    started = [event for event in events if isinstance(event, SearchStarted)]
    assert [(event.title, event.kind) for event in started] == [
        ("Search", "tree"),
        ("random search", "tree"),
    ]
    assert {event.measure.name for event in started} == {"perplexity"}


def test_a_run_directory_is_read_as_it_was(run):
    read = open_run(run.path)
    assert read.config.to_toml() == run.config.to_toml()
    assert read.outcome == run.outcome
    assert read.scores == run.scores
    assert [one.number for one in read.front] == [one.number for one in run.front]
    assert f"node {run.chosen.number} of {N}" in repr(read)
    assert read.best == run.best


def test_without_a_directory_the_search_is_the_same(run, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stages = (SEARCH, ControlStage(), CellsStage(cells=("lstm",)))
    result = settings.nodes(text, stages).run(executor="threads")
    assert list(tmp_path.iterdir()) == []
    assert [(c.number, c.loss) for c in result.front] == [(c.number, c.loss) for c in run.front]


def test_the_lineage_of_a_node_goes_back_to_a_first_tree(run):
    line = list(run.history.lineage(run.chosen.number))
    assert line[0].number == run.chosen.number
    assert line[-1].parents == ()
    assert line[-1].operations[0] == "start"
    assert all(before.number == one.parents[0] for one, before in pairwise(line))
    asked = {one["number"]: one["tree"] for one in lines_of(run.path) if one["event"] == "asked"}
    assert all(run.genome(one.number).to_dict() == asked[one.number] for one in line)
    assert [one.count("generation") for one in run.history.candidates] == [
        number // NODES.population for number in range(N)
    ]


def test_without_random_search_and_rivals_the_node_is_trained_alone(text, tmp_path):
    result = evolved(text, tmp_path / "run")
    assert list(named(result)) == ["evolved node", "how often each word comes"]
    assert not (result.path / "control").exists()
    assert outcome(result).control_candidates == 0


def test_a_budget_ends_the_search_and_random_search_gets_as_many(text, tmp_path):
    result = evolved(text, tmp_path / "run", ControlStage(), budget="17 networks")
    assert result.n_done == 17 == outcome(result).control_candidates
    assert outcome(result).budget == "17 networks"


def test_a_budget_of_generations_is_the_number_of_generations(text, tmp_path):
    result = evolved(text, tmp_path / "run", ControlStage(), budget="2 generations")
    assert result.n_done == 2 * NODES.population == outcome(result).control_candidates
    assert result.config.method.generations == 2
    assert outcome(result).budget == "2 generations"


def test_a_rival_whose_final_training_fails_has_no_perplexity(text, tmp_path):
    with faked(broken="gru"):
        result = evolved(text, tmp_path / "run", CellsStage(cells=("lstm", "gru")))
    failed = [score for score in result.scores if score.failure]
    assert {score.model for score in failed} == {"gru"}
    assert {(score.value, score.failure) for score in failed} == {
        (None, "its loss was nan in epoch 2")
    }
    gru = named(result)["gru"]
    assert (gru.value("test"), gru.failure) == (None, "its loss was nan in epoch 2")
    assert named(result)["lstm"].value("test") is not None
    assert open_run(result.path).scores == result.scores


def test_a_search_in_which_nobody_succeeds_says_why(text, tmp_path):
    with (
        faked(hopeless=True),
        pytest.raises(RunError, match=r"No candidate could be trained: its loss .*\(9 times\)"),
    ):
        evolved(text, tmp_path / "run", budget="9 networks")
    with pytest.raises(RunError, match="9 candidates are done, and none was trained"):
        open_run(tmp_path / "run")


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, text):
    """A run whose LSTM was tuned; never change it."""
    path = tmp_path_factory.mktemp("tuned") / "run"
    stage = CellsStage(cells=("lstm", "gru"), tuned=("lstm",))
    with faked():
        return evolved(text, path, ControlStage(), stage)


def trials_in(result):
    """Return the results of the trainings of the tuned rival, by number."""
    done = result.history.items["cells"]
    found = [(key.split(), one) for key, one in done.items() if key.startswith("lstm ")]
    return {int(words[1]): one for words, one in found}


def test_a_tuned_rival_gets_as_many_trainings_as_there_were_candidates(tuned):
    trials = trials_in(tuned)
    assert sorted(trials) == list(range(N))
    assert any("failure" in one for one in trials.values())
    recipes = {one.genome.recipe for one in trials_of("lstm", N, tuned.config.seed)}
    assert len(recipes) == N
    assert len(tuned.history.items["cells"]) == N + 1  # and the GRU


def test_a_tuned_rival_is_trained_in_the_end_by_its_best_recipe(tuned):
    models = named(tuned)
    assert list(models)[:5] == ["evolved node", "random search", "lstm", "gru", "tuned lstm"]
    losses = {number: one["loss"] for number, one in trials_in(tuned).items() if "loss" in one}
    number = min(losses, key=losses.__getitem__)
    recipe = list(trials_of("lstm", N, tuned.config.seed))[number].genome.recipe
    assert abs(recipe.learning_rate - fakes.BEST_RATE) < 0.1
    plain, best = models["lstm"], models["tuned lstm"]
    assert best.value("valid", stage="search") == pytest.approx(math.exp(losses[number]))
    assert best.value("valid", stage="search") < plain.value("valid", stage="search")
    training, model = FINAL.schedule, FINAL.model
    assert plain.recipe == ""
    said = dict(word.split("=") for word in best.recipe.split())
    assert float(said["learning_rate"]) == pytest.approx(
        training.first_rate * recipe.learning_rate, rel=1e-3
    )
    assert float(said["clip"]) == pytest.approx(training.clip * recipe.clip, rel=1e-3)
    assert float(said["bound"]) == pytest.approx(model.first_bound * recipe.bound, rel=1e-3)
    assert open_run(tuned.path).scores == tuned.scores


def test_the_seconds_of_a_tuned_rival_are_those_of_all_its_trainings(tuned):
    (search,) = [one for one in named(tuned)["tuned lstm"].scores if one.stage == "search"]
    assert search.seconds == pytest.approx(sum(one["seconds"] for one in trials_in(tuned).values()))


def test_a_tuned_rival_of_whom_only_the_first_training_is_left_is_the_rival(text, tmp_path):
    stage = CellsStage(cells=("lstm", "gru"), tuned=("gru",))
    with faked(only_nodes=True):
        models = named(evolved(text, tmp_path / "run", stage))
    finals = [
        [
            replace(s, model="", seconds=0)
            for s in models[name].scores
            if (s.split, s.stage) == ("valid", "final")
        ]
        for name in ("gru", "tuned gru")
    ]
    assert finals[0] == finals[1] != []


def test_failed_candidates_are_told_and_the_search_goes_on(events):
    told = [event for event in events if isinstance(event, Told)]
    assert sum(event.evaluation.failure is not None for event in told) > 5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CellsStage(cells=("lsmt",)), "Did you mean 'lstm'"),
        (lambda: CellsStage(cells=("gru", "gru")), "name each member once"),
        (lambda: CellsStage(("gru",), ("lstm",)), r"`tuned` must name rivals.*gru\. Got lstm"),
        (lambda: CellsStage(("lstm",), ("lstm", "lstm")), "name each member once"),
        (lambda: FinalsStage(n_seeds=0), "`n_seeds` must be"),
        (lambda: Caps(seconds=0), "`candidate_seconds` must be"),
    ],
)
def test_stages_that_cannot_be_are_refused(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


@pytest.mark.parametrize(
    ("study", "message"),
    [
        ({"stages": (SEARCH, ControlStage("rondom"))}, "no control 'rondom'"),
        ({"caps": Caps(seconds=3.0)}, "strict order a search must not depend on the machine"),
        ({"seed": -1}, "`seed` must be"),
    ],
)
def test_studies_that_cannot_be_are_refused(text, study, message):
    with pytest.raises(ConfigError, match=message):
        settings.nodes(text, **study)


def test_a_run_is_never_written_over(text, tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(RunError, match="A run is never written over"):
        evolved(text, tmp_path / "run")


def test_final_trainings_may_have_another_model_than_the_search(text, tmp_path):
    larger = replace(FINAL, model=replace(FINAL.model, hidden=8))
    stages = (SEARCH, FinalsStage(training=larger), FinalScoresStage())
    result = settings.nodes(text, stages).run("9 networks", out=tmp_path / "run")
    (search, final) = [one for one in result.models[0].scores if one.split == "valid"]
    assert final.n_weights > search.n_weights


def test_settings_however_large_are_read_as_they_were_written(text, tmp_path):
    huge = replace(FINAL, schedule=replace(FINAL.schedule, clip=1e20))
    stages = (SEARCH, FinalsStage(training=huge), FinalScoresStage())
    result = settings.nodes(text, stages, training=huge).run("9 networks", out=tmp_path / "run")
    assert open_run(result.path).config.stage("finals").training.schedule.clip == 1e20


def test_the_same_search_in_one_order_or_two_sittings_is_the_same(text, tmp_path, run):
    """Whoever asks with several workers gets what one gets; see `test_stages.py` for the rest."""
    again = settings.nodes(text).run(out=tmp_path / "run", executor="threads", workers=3)
    same(again, run)
    assert scores(again) == scores(run)
