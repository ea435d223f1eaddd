"""A search for nodes from its first candidate to the scores, with trainings that take no time."""

import csv
import json
import math
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from cellcolony.runs.kinds import NODE_SEARCH, kind_of
from cellcolony.runs.nodes.bench import NodeBench
from cellcolony.runs.nodes.evolve import evolve_node
from cellcolony.runs.nodes.scores import by_model, mean_perplexity
from cellcolony.runs.nodes.stages import read_stages
from cellcolony.runs.nodes.stored import best_cell, open_node_run

from cellcolony.cells import Cell
from cellcolony.cells.tree import Tree
from cellcolony.contract import Evaluation
from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.events import SearchStarted, Stage, Told
from cellcolony.search.fixed import FixedCell, trainings_of
from cellcolony.search.nodes import RandomTrees
from tests.runs.nodes import fakes
from tests.runs.nodes.fakes import EVOLUTION, SETTINGS, Losses, begin, make_bench
from tests.runs.test_resume import journal

N = EVOLUTION.n_candidates
STRICT: dict[str, Any] = {**SETTINGS, "order": "strict", "executor": "threads"}


def evolved(text, path, losses=None, **settings):
    settings = {**STRICT, "make_bench": make_bench(**(losses or {})), **settings}
    return evolve_node(text, EVOLUTION, out=path, **settings)


@pytest.fixture(scope="module")
def events():
    return []


@pytest.fixture(scope="module")
def run(tmp_path_factory, text, events):
    """A run on one thread; never change it."""
    return evolved(text, tmp_path_factory.mktemp("evolved") / "run", on_event=events.append)


def outcome(result):
    assert result.outcome is not None
    return result.outcome


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_best_node_of_each_size_stands_on_the_front(run):
    sizes = [champion.size for champion in run.front]
    losses = [champion.loss for champion in run.front]
    assert sizes == sorted(set(sizes))
    assert losses == sorted(losses, reverse=True)
    told = [one.loss for one in run.history if one.loss is not None]
    assert run.chosen.loss == min(told)
    assert (run.n_done, run.n_failed) == (N, sum(n % 5 == 3 for n in range(N)))


def test_the_front_file_tells_size_against_the_search_perplexity(run):
    lines = rows(run.path / "front.csv")
    assert [int(row["candidate"]) for row in lines] == [champion.number for champion in run.front]
    assert [row["chosen"] for row in lines] == ["no"] * (len(lines) - 1) + ["yes"]
    for row, champion in zip(lines, run.front, strict=True):
        assert int(row["n_elements"]) == champion.size
        assert float(row["search_valid_perplexity"]) == pytest.approx(2.718281828**champion.loss)
        assert int(row["n_weights"]) == run.n_weights(champion.genome)


def test_a_champion_is_kept_as_tree_as_cell_and_as_equations(run):
    for champion in run.front:
        folder = run.path / "champions" / str(champion.number)
        tree = Tree.from_dict(json.loads((folder / "tree.json").read_text()))
        assert tree == champion.genome
        cell = Cell.from_dict(json.loads((folder / "cell.json").read_text()))
        assert cell == tree.to_cell(f"node {champion.number}")
        assert r"\begin{aligned}" in (folder / "equations.tex").read_text()


def test_the_best_cell_of_a_run_is_that_of_its_best_node(run):
    assert best_cell(run.path) == run.best.to_cell(f"node {run.chosen.number}")


def test_random_search_draws_as_many_candidates_in_a_run_of_its_own(run):
    other = open_node_run(run.path / "random")
    assert isinstance(other.config.search, RandomTrees)
    assert other.config.search.evolution == EVOLUTION
    assert other.n_done == N == outcome(run).random_networks
    assert other.scores == ()
    assert kind_of(run.path) == kind_of(other.path) == NODE_SEARCH


def test_everybody_is_scored_with_every_seed_and_both_perplexities_have_names(run):
    models = by_model(run.scores)
    assert list(models) == ["evolved node", "random search", "lstm", "gru", "nascell"]
    assert all([score.seed for score in scores] == [1, 2] for scores in models.values())
    header = (run.path / "scores.csv").read_text().split("\n")[0].split(",")
    assert [name for name in header if "perplexity" in name] == [
        "search_valid_perplexity", "final_valid_perplexity", "final_test_perplexity",
    ]  # fmt: skip
    ours = models["evolved node"][0]
    assert ours.candidate == run.chosen.number
    assert ours.search_valid_perplexity == pytest.approx(2.718281828**run.chosen.loss)
    assert mean_perplexity(score.final_test_perplexity for score in models["lstm"]) == (
        pytest.approx(2.718281828**5.006, rel=0.02)
    )


def test_what_is_shown_of_the_end_tells_validation_and_never_test(events):
    said = [event.text for event in events if isinstance(event, Stage)]
    assert any("search perplexity" in text for text in said)
    assert any("final perplexity" in text for text in said)
    assert not any("test" in text for text in said)


def test_both_searches_are_announced_by_their_names(events):
    started = [event for event in events if isinstance(event, SearchStarted)]
    assert [(event.title, event.kind) for event in started] == [
        ("Search", "tree"),
        ("Random search", "tree"),
    ]


@pytest.mark.parametrize(
    ("executor", "workers"), [("threads", 3), ("processes", 1), ("processes", 3)]
)
def test_strict_order_is_the_same_run_for_any_workers(text, tmp_path, run, executor, workers):
    other = evolved(text, tmp_path / "run", executor=executor, workers=workers)
    assert journal(other.path) == journal(run.path)
    assert journal(other.path / "random") == journal(run.path / "random")
    assert other.scores == run.scores
    assert rows(other.path / "front.csv") == rows(run.path / "front.csv")


def test_a_run_directory_is_read_as_it_was(run):
    read = open_node_run(run.path)
    assert read.config == run.config
    assert read.outcome == run.outcome
    assert read.scores == run.scores
    assert [one.number for one in read.front] == [one.number for one in run.front]
    assert f"node {run.chosen.number} of {N}" in repr(read)


def test_the_lineage_of_a_node_goes_back_to_a_first_tree(run):
    line = run.lineage(run.chosen.number)
    assert line[-1].number == run.chosen.number
    assert line[0].parents == ()
    assert line[0].operations[0] == "start"
    assert all(one.number in after.parents for one, after in pairwise(line))
    assert all(run.tree(one.number).to_dict() == one.plain for one in line)


def test_without_random_search_and_rivals_the_node_is_trained_alone(text, tmp_path):
    result = evolved(text, tmp_path / "run", against=None, rivals=())
    assert list(by_model(result.scores)) == ["evolved node"]
    assert not (result.path / "random").exists()
    assert outcome(result).random_networks == 0


def test_a_budget_ends_the_search_and_random_search_gets_as_many(text, tmp_path):
    result = evolve_node(
        text, EVOLUTION, "17 networks", out=tmp_path / "run", make_bench=make_bench(), **STRICT
    )
    assert result.n_done == 17 == outcome(result).random_networks
    assert outcome(result).budget == "17 networks"


def test_a_rival_whose_final_training_fails_has_no_perplexity(text, tmp_path):
    def bench(task, config):
        losses = Losses()
        return NodeBench(
            partial(begin, fakes.judge, losses), partial(begin, fakes.broken_final, losses)
        )

    result = evolved(text, tmp_path / "run", make_bench=bench, against=None)
    failed = [score for score in result.scores if score.failure]
    assert {score.model for score in failed} == {"gru"}
    assert failed[0].final_test_perplexity is None
    assert failed[0].failure == "its loss was nan in epoch 2"
    assert mean_perplexity(score.final_test_perplexity for score in failed) is None


def test_a_search_in_which_nobody_succeeds_says_why(text, tmp_path):
    def hopeless(losses, candidate):
        return Evaluation.failed("its loss was nan in epoch 1")

    def bench(task, config):
        return NodeBench(partial(begin, hopeless, None), partial(begin, fakes.final, Losses()))

    with pytest.raises(RunError, match=r"No node could be trained: its loss was nan .*\(9 times\)"):
        evolve_node(text, EVOLUTION, "9 networks", out=tmp_path / "run", make_bench=bench, **STRICT)
    with pytest.raises(RunError, match="9 nodes are done, and none was trained"):
        open_node_run(tmp_path / "run")


def test_rivals_are_judged_as_candidates_are(run):
    cell = FixedCell("lstm")
    assert cell.to_cell().name == "lstm"
    (score,) = {s.search_valid_perplexity for s in run.scores if s.model == "lstm"}
    assert score == pytest.approx(2.718281828**5.0)


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, text):
    """A run whose LSTM was tuned; never change it."""
    path = tmp_path_factory.mktemp("tuned") / "run"
    return evolved(text, path, tuned=("lstm",), rivals=("lstm", "gru"))


def test_a_tuned_rival_gets_as_many_trainings_as_there_were_candidates(tuned):
    stages = read_stages(tuned.path)
    assert sorted(key.number for key in stages.tuned) == list(range(1, N))
    assert {key.model for key in stages.tuned} == {"lstm"}
    assert len({key.cell for key in stages.tuned}) == N - 1  # each has a recipe of its own
    assert any(one.failure is not None for one in stages.tuned.values())


def test_a_tuned_rival_is_trained_in_the_end_by_its_best_recipe(tuned):
    models = by_model(tuned.scores)
    assert list(models) == ["evolved node", "random search", "lstm", "gru", "tuned lstm"]
    plain, best = models["lstm"][0], models["tuned lstm"][0]
    losses = {
        key.number: one.loss
        for key, one in read_stages(tuned.path).tuned.items()
        if one.failure is None
    }
    number = min(losses, key=losses.__getitem__)
    recipe = list(trainings_of("lstm", N, tuned.config.seed))[number].genome.recipe
    assert abs(recipe.learning_rate - fakes.BEST_RATE) < 0.1
    assert best.search_valid_perplexity == pytest.approx(math.exp(losses[number]))
    assert best.search_valid_perplexity != plain.search_valid_perplexity
    training, model = tuned.config.final_training, tuned.config.final_model
    assert (plain.learning_rate, plain.clip) == (training.first_rate, training.clip)
    assert plain.bound == model.first_bound
    assert best.learning_rate == pytest.approx(training.first_rate * recipe.learning_rate)
    assert best.clip == pytest.approx(training.clip * recipe.clip)
    assert best.bound == pytest.approx(model.first_bound * recipe.bound)
    assert open_node_run(tuned.path).scores == tuned.scores
    assert open_node_run(tuned.path).config == tuned.config


def test_a_tuned_rival_of_whom_only_the_first_training_is_left_is_the_rival(text, tmp_path):
    def bad(losses, candidate):
        if isinstance(candidate.genome, FixedCell) and candidate.genome.luck:
            return Evaluation.failed("its loss was nan in epoch 1")
        return fakes.judge(losses, candidate)

    def bench(task, config):
        return NodeBench(partial(begin, bad, Losses()), partial(begin, fakes.final, Losses()))

    run = evolved(text, tmp_path / "run", make_bench=bench, tuned=("gru",), against=None)
    models = by_model(run.scores)
    settings = [[replace(s, model="", final_seconds=0) for s in models[name]]
                for name in ("gru", "tuned gru")]  # fmt: skip
    assert settings[0] == settings[1]


def test_settings_however_large_are_read_as_they_were_written(text, tmp_path):
    training = replace(SETTINGS["training"], clip=1e20)
    run = evolved(text, tmp_path / "run", training=training, final_training=training, against=None)
    assert {score.clip for score in open_node_run(run.path).scores} == {1e20}


def test_failed_candidates_are_told_and_the_search_goes_on(events):
    told = [event for event in events if isinstance(event, Told)]
    assert sum(event.evaluation.failure is not None for event in told) > 5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rivals": ("lsmt",)}, "Did you mean 'lstm'"),
        ({"rivals": ("gru", "gru")}, "each cell once"),
        ({"tuned": ("lstm",), "rivals": ("gru",)}, "`tuned` must name rivals.*gru. Got lstm"),
        ({"tuned": ("lstm", "lstm")}, "`tuned` must name rivals, each once"),
        ({"n_seeds": 0}, "`n_seeds` must be a whole number from 1"),
        ({"against": "rondom"}, "Did you mean 'random'"),
        ({"candidate_seconds": 3.0}, "strict order a search must not depend on the machine"),
        ({"seed": -1}, "`seed` must be"),
        ({"workers": 0}, "`workers` must be"),
        ({"executor": "thread"}, "Did you mean 'threads'"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_is_written(
    text, tmp_path, settings, message
):
    with pytest.raises(ConfigError, match=message):
        evolved(text, tmp_path / "run", **settings)
    assert not (tmp_path / "run").exists()


def test_a_run_is_never_written_over(text, tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(RunError, match="A run is never written over"):
        evolved(text, tmp_path / "run")


def test_a_run_may_be_judged_on_more_than_it_trains(text, tmp_path):
    """The final model is the search's where no other is given."""
    result = evolved(text, tmp_path / "run", against=None, rivals=(), final_training=None)
    assert result.config.final_training == result.config.training
    assert result.config.final_model == result.config.model
    larger = replace(result.config.model, hidden=8)
    other = evolved(text, tmp_path / "other", against=None, rivals=(), final_model=larger)
    assert other.config.final_model.hidden == 8
