"""A search for nodes from its first candidate to the scores, with trainings that take no time."""

import csv
import json
import math
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from cellcolony import cells
from cellcolony.cells import Cell
from cellcolony.cells.named_trees import tree_of
from cellcolony.cells.tree import Tree
from cellcolony.errors import ConfigError, RunError
from cellcolony.judges.training.caps import Caps
from cellcolony.report.log import Log
from cellcolony.runs.events import Foreseen, ItemDone, SearchStarted, StageStarted, Told
from cellcolony.runs.layer_named import node_of
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.final_scores import UNIGRAM, FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.search.model.trials import trials_of
from cellcolony.search.nodes import RacedNodes, RandomTrees
from tests.runs import fakes, settings
from tests.runs.fakes import BEST_RATE, faked
from tests.runs.runs import journal, outcome, same, scores
from tests.runs.settings import CANDIDATE, FINAL, NODES, SEARCH

N, SEED = NODES.n_candidates, 3
FINALS, SCORES = FinalsStage(training=FINAL, n_seeds=2), FinalScoresStage()
CELLS = CellsStage(cells=("lstm", "gru", "nascell"))
ALONE = (SEARCH, FINALS, SCORES)

pytestmark = pytest.mark.usefixtures("no_training")


def evolved(task, path, stages=settings.OF_NODES, budget=None, executor="threads", **options):
    how = {name: options.pop(name) for name in ("workers", "on_event") if name in options}
    study = settings.nodes(task, stages, **{"seed": SEED, **options})
    return study.run(budget, out=path, executor=executor, **how)


@pytest.fixture(scope="module")
def events():
    return []


@pytest.fixture(scope="module")
def run(tmp_path_factory, text, events):
    """A run on one thread; never change it."""
    with faked():
        path = tmp_path_factory.mktemp("evolved") / "run"
        return evolved(text, path, on_event=events.append)


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def by_model(result):
    return {one.model: one for one in result.models}


def test_the_best_node_of_each_size_stands_on_the_front(run):
    sizes = [champion.size for champion in run.front]
    losses = [champion.loss for champion in run.front]
    assert sizes == sorted(set(sizes))
    assert losses == sorted(losses, reverse=True)
    told = [one.loss for one in run.history.candidates if one.loss is not None]
    assert run.chosen.loss == min(told)
    assert (run.n_done, run.n_failed) == (N, sum(n % 5 == 3 for n in range(N)))


def test_the_front_file_tells_size_against_the_search_perplexity(run):
    lines = rows(run.path / "front.csv")
    assert [int(row["candidate"]) for row in lines] == [champion.number for champion in run.front]
    assert [row["chosen"] for row in lines] == ["no"] * (len(lines) - 1) + ["yes"]
    for row, champion in zip(lines, run.front, strict=True):
        assert int(row["size"]) == champion.size
        assert float(row["valid_perplexity"]) == pytest.approx(math.exp(champion.loss))
        assert row["test_perplexity"] == ""  # its weights are not kept
        model = CANDIDATE.model.of(champion.genome.to_cell(), run.facts.n_vocabulary)
        assert int(row["n_weights"]) == model.n_weights


def test_a_champion_is_kept_as_tree_as_cell_and_as_equations(run):
    assert len(run.front) > 1
    for champion in run.front:
        folder = run.path / "champions" / str(champion.number)
        tree = Tree.from_dict(json.loads((folder / "genome.json").read_text()))
        assert tree == champion.genome
        cell = Cell.from_dict(json.loads((folder / "cell.json").read_text()))
        assert cell == tree.to_cell(f"node {champion.number}")
        assert r"\begin{aligned}" in (folder / "equations.tex").read_text()


def test_the_cell_that_a_run_stands_for_is_that_of_its_best_node(run):
    assert tree_of(node_of(run.path)) == run.best


def test_random_search_draws_as_many_candidates_in_a_run_of_its_own(run):
    other = open_run(run.path / "control")
    assert other.config.method == RandomTrees(NODES)
    assert other.config.genome == run.config.genome == "tree"
    assert other.n_done == N == outcome(run).control_candidates
    assert {one.split for one in other.scores} == {"valid"}
    assert other.config.stage("finals") is None


def test_everybody_is_scored_with_every_seed_in_the_search_and_in_the_end(run):
    models = by_model(run)
    everybody = ["evolved node", "random search", "lstm", "gru", "nascell"]
    assert list(models) == [*everybody, UNIGRAM]
    for name in everybody:
        one = models[name]
        finals = [
            score for score in one.scores
            if (score.stage, score.measure) == ("final", "perplexity")
        ]  # fmt: skip
        assert [(score.seed, score.split) for score in finals] == [
            (seed, split) for seed in (SEED, SEED + 1) for split in ("valid", "test")
        ]
        assert all(score.value > 1 for score in finals)
    (as_candidate,) = {s.value for s in run.scores if s.candidate == run.chosen.number
                       and s.stage == "search"}  # fmt: skip
    assert as_candidate == pytest.approx(math.exp(run.chosen.loss))
    ours = [s for s in models["evolved node"].scores if s.stage == "final"]
    assert {score.candidate for score in ours} == {run.chosen.number}
    assert rows(run.path / "scores.csv")[0].keys() >= {"stage", "split", "measure", "seed", "value"}
    assert {score.measure for score in run.scores} == {"perplexity", "bits"}
    test = models["lstm"].value("test")
    assert test == pytest.approx(math.exp(5.1 + SEED / 1000), rel=0.02)  # the mean of the losses
    assert test == pytest.approx(math.sqrt(math.prod(models["lstm"].values("test"))))


def test_nothing_that_is_shown_before_the_scores_tells_of_the_test_text(events):
    at = next(i for i, e in enumerate(events)
              if isinstance(e, StageStarted) and e.stage == "final-scores")  # fmt: skip
    said = [event.text for event in events[:at] if isinstance(event, ItemDone) and event.text]
    assert any("search perplexity" in text for text in said)
    assert any("final perplexity" in text for text in said)
    assert not any("test" in text for text in said)
    done = {event.stage for event in events[:at] if isinstance(event, ItemDone)}
    assert done == {"cells", "finals", "test"}


def test_what_follows_the_search_is_told_as_it_begins_and_as_it_ends(run, events):
    before, after = [event.text for event in events if isinstance(event, Foreseen)]
    what = (
        "random search with as much to spend; lstm, gru, nascell as candidates; "
        "10 final trainings of 5 epochs; their scores on the test text."
    )
    assert before == f"After the search: {what}"
    assert re.fullmatch(rf"What follows takes some [\d.hmins ]+: {re.escape(what)}", after)
    written = []
    log = Log(written.append)
    for event in events:
        log.observe(event)
    assert {before, after} <= {*written}


def test_both_searches_are_announced_by_their_names(events):
    started = [event for event in events if isinstance(event, SearchStarted)]
    assert [(event.title.lower(), event.kind) for event in started] == [
        ("search", "tree"),
        ("random search", "tree"),
    ]


def test_strict_order_is_the_same_run_for_any_workers(text, tmp_path, run):
    other = evolved(text, tmp_path / "run", workers=3)
    same(other, run)
    assert other.path is not None
    assert rows(other.path / "front.csv") == rows(run.path / "front.csv")


def test_a_run_directory_is_read_as_it_was(run):
    read = open_run(run.path)
    assert read.config == run.config
    assert read.outcome == run.outcome
    assert read.scores == run.scores
    assert [one.number for one in read.front] == [one.number for one in run.front]
    assert f"node {run.chosen.number} of {N}" in repr(read)


def test_the_lineage_of_a_node_goes_back_to_a_first_tree(run):
    line = list(run.history.lineage(run.chosen.number))[::-1]
    assert line[-1].number == run.chosen.number
    assert line[0].parents == ()
    assert line[0].operations[0] == "start"
    assert all(one.number in after.parents for one, after in pairwise(line))
    asked = {one["number"]: one["tree"] for one in journal(run.path) if one["event"] == "asked"}
    assert all(run.genome(one.number).to_dict() == asked[one.number] for one in line)


def test_without_random_search_and_rivals_the_node_is_trained_alone(text, tmp_path):
    result = evolved(text, tmp_path / "run", ALONE)
    assert list(by_model(result)) == ["evolved node", UNIGRAM]
    assert result.path is not None
    assert not (result.path / "control").exists()
    assert outcome(result).control_candidates == 0


def test_a_budget_ends_the_search_and_random_search_gets_as_many(text, tmp_path):
    result = evolved(text, tmp_path / "run", budget="17 networks")
    assert result.n_done == 17 == outcome(result).control_candidates
    assert outcome(result).budget == "17 networks"


def test_a_rival_whose_final_training_fails_has_no_perplexity(text, tmp_path):
    with faked(broken="gru"):
        result = evolved(text, tmp_path / "run", (SEARCH, CELLS, FINALS, SCORES))
    failed = [score for score in result.scores if score.failure]
    assert {(score.model, score.stage) for score in failed} == {("gru", "final")}
    assert {score.failure for score in failed} == {"its loss was nan in epoch 2"}
    assert {score.value for score in failed} == {None}
    gru = by_model(result)["gru"]
    assert (gru.value("test"), gru.failure) == (None, "its loss was nan in epoch 2")
    assert gru.value("valid", stage="search") == pytest.approx(math.exp(5.25))
    assert by_model(result)["lstm"].value("test") is not None


def test_a_search_in_which_nobody_succeeds_says_why(text, tmp_path):
    why = r"No candidate could be trained: its loss was nan .*\(9 times\)"
    with faked(hopeless=True), pytest.raises(RunError, match=why):
        evolved(text, tmp_path / "run", budget="9 networks")
    with pytest.raises(RunError, match="9 candidates are done, and none was trained"):
        open_run(tmp_path / "run")


def test_rivals_are_judged_as_candidates_are(run):
    (candidate,) = trials_of("lstm", 1, run.config.seed)
    assert candidate.genome.to_cell() == cells.get("lstm")
    assert candidate.genome.seed(run.config.seed) == run.config.seed  # no luck of its own
    assert by_model(run)["lstm"].value("valid", stage="search") == pytest.approx(math.exp(5.0))


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, text):
    """A run whose LSTM was tuned; never change it."""
    with faked():
        path = tmp_path_factory.mktemp("tuned") / "run"
        cells = CellsStage(cells=("lstm", "gru"), tuned=("lstm",))
        return evolved(text, path, (SEARCH, ControlStage(), cells, FINALS, SCORES))


def recipes(result):
    """Return what became of each trial of the LSTM, by its number."""
    found = [(key.split(), one) for key, one in result.history.items["cells"].items()]
    return {int(key[1]): (key[2], one) for key, one in found if key[0] == "lstm"}


def test_a_tuned_rival_gets_as_many_trainings_as_there_were_candidates(tuned):
    trials = recipes(tuned)
    assert sorted(trials) == list(range(N))
    assert len({digest for digest, _ in trials.values()}) == N  # each has a recipe of its own
    assert any("failure" in one for _, one in trials.values())


def test_a_tuned_rival_is_trained_in_the_end_by_its_best_recipe(tuned):
    models = by_model(tuned)
    assert list(models) == ["evolved node", "random search", "lstm", "gru", "tuned lstm", UNIGRAM]
    losses = {n: one["loss"] for n, (_, one) in recipes(tuned).items() if "failure" not in one}
    number = min(losses, key=losses.__getitem__)
    recipe = list(trials_of("lstm", N, tuned.config.seed))[number].genome.recipe
    assert abs(recipe.learning_rate - BEST_RATE) < 0.1
    plain, best = models["lstm"], models["tuned lstm"]
    as_candidate = best.value("valid", stage="search")
    assert as_candidate == pytest.approx(math.exp(losses[number]))
    assert as_candidate < plain.value("valid", stage="search")
    assert plain.recipe == ""
    schedule, model = FINAL.schedule, FINAL.model
    told = {key: float(value) for key, _, value in
            (part.partition("=") for part in best.recipe.split())}  # fmt: skip
    wanted = {
        "learning_rate": schedule.first_rate * recipe.learning_rate,
        "clip": schedule.clip * recipe.clip,
        "bound": model.first_bound * recipe.bound,
    }
    assert told == pytest.approx(wanted, rel=1e-3)
    assert open_run(tuned.path).scores == tuned.scores
    assert open_run(tuned.path).config == tuned.config


def test_a_tuned_rival_of_whom_only_the_first_training_is_left_is_the_rival(text, tmp_path):
    cells = CellsStage(cells=("gru",), tuned=("gru",))
    with faked(only_nodes=True):
        run = evolved(text, tmp_path / "run", (SEARCH, cells, FINALS, SCORES))
    models = by_model(run)
    plain, best = ([replace(s, model="", seconds=0) for s in models[name].scores]
                   for name in ("gru", "tuned gru"))  # fmt: skip
    assert plain == best


def test_settings_however_large_are_read_as_they_were_written(text, tmp_path):
    training = replace(FINAL, schedule=replace(FINAL.schedule, clip=1e20))
    cells = CellsStage(cells=("lstm",), tuned=("lstm",))
    stages = (SEARCH, cells, FinalsStage(training=training), SCORES)
    run = evolved(text, tmp_path / "run", stages, training=training)
    assert run.path is not None
    read = open_run(run.path)
    assert (read.config, read.scores) == (run.config, run.scores)
    assert read.config.training.schedule.clip == 1e20
    assert any("clip=" in score.recipe and "e+" in score.recipe for score in read.scores)


def test_failed_candidates_are_told_and_the_search_goes_on(events):
    told = [event for event in events if isinstance(event, Told)]
    assert sum(event.evaluation.failure is not None for event in told) > 5


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: {"stages": [CellsStage(cells=("lsmt",))]}, "Did you mean 'lstm'"),
        (lambda: {"stages": [CellsStage(cells=("gru", "gru"))]}, "`cells` must name each"),
        (
            lambda: {"stages": [CellsStage(cells=("gru",), tuned=("lstm",))]},
            "`tuned` must name rivals.*gru. Got lstm",
        ),
        (
            lambda: {"stages": [CellsStage(cells=("lstm",), tuned=("lstm", "lstm"))]},
            "`tuned` must name each",
        ),
        (lambda: {"stages": [FinalsStage(n_seeds=0)]}, "`n_seeds` must be a whole number of at"),
        (lambda: {"stages": [ControlStage(method="rondom")]}, "Did you mean 'random'"),
        (
            lambda: {"caps": Caps(seconds=3.0)},
            "strict order a search must not depend on the machine",
        ),
        (lambda: {"seed": -1}, "`seed` must be"),
        (lambda: {"workers": 0}, "`workers` must be"),
        (lambda: {"executor": "thread"}, "Did you mean 'threads'"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_is_written(
    text, tmp_path, wrong, message
):
    with pytest.raises(ConfigError, match=message):
        evolved(text, tmp_path / "run", **wrong())
    assert not (tmp_path / "run").exists()


def test_a_run_is_never_written_over(text, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="A run is never written over"):
        evolved(text, tmp_path / "run")


def test_a_run_may_be_judged_on_more_than_it_trains(text, tmp_path):
    """Final trainings may be of a larger model than the search's, and of more epochs."""
    larger = replace(FINAL, model=replace(CANDIDATE.model, hidden=8))
    run = evolved(text, tmp_path / "run", (SEARCH, FinalsStage(training=larger), SCORES))
    assert run.config.training == CANDIDATE
    assert run.path is not None
    stage = open_run(run.path).config.stage("finals")
    assert isinstance(stage, FinalsStage)
    assert stage.training == larger
    (final,) = {s.n_weights for s in run.scores if s.stage == "final" and s.role == "evolved"}
    assert final == larger.model.of(run.best.to_cell(), run.facts.n_vocabulary).n_weights
    again = evolved(text, tmp_path / "again", (SEARCH, FinalsStage(training=larger), SCORES))
    assert scores(again) == scores(run)


MENU = FinalsStage(training=FINAL, n_seeds=2, rates=(0.25, BEST_RATE, 1.0))


def test_everybody_is_trained_with_a_menu_of_rates_and_the_best_counts(text, tmp_path, monkeypatch):
    monkeypatch.setattr(fakes, "_chance", lambda what: abs(what.schedule.first_rate - BEST_RATE))
    result = evolved(text, tmp_path / "run", (SEARCH, CELLS, MENU, SCORES))
    folders = sorted(one.name for one in (tmp_path / "run" / "finals").iterdir())
    n_models = 4
    assert len(folders) == n_models * (3 + 1)  # the first seed with all rates, the second with one
    finals = [
        one
        for one in result.scores
        if (one.stage, one.split, one.measure) == ("final", "test", "perplexity")
    ]
    assert len([one for one in finals if one.seed is not None]) == n_models * 2
    for one in finals:
        if one.seed is not None:
            assert f"learning_rate={BEST_RATE * FINAL.schedule.first_rate:.4g}" in one.recipe
    again = resume(tmp_path / "run", executor="threads")
    assert again.scores == result.scores


def test_a_race_of_nodes_runs_with_both_controls_and_as_much_training(text, tmp_path):
    method = RacedNodes(efforts=(1, 2), shares=(0.5, 0.5))
    stages = (SEARCH, ControlStage(method="random,walk"), CELLS, MENU, SCORES)
    result = evolved(
        text, tmp_path / "run", stages, "40 networks", method=method, order="arrival", workers=1
    )
    assert {"evolved node", "random search", "walk without selection", "gru"} <= set(
        by_model(result)
    )
    within = {name: open_run(tmp_path / "run" / name) for name in ("control", "control-walk")}
    trainings = {
        name: sum(one["effort"] for one in asked(run.path)) for name, run in within.items()
    }
    whole = sum(one["effort"] for one in asked(result.path))
    assert all(n >= whole for n in trainings.values())
    assert any(one["how"].get("rung") == 1 for one in asked(result.path))


def asked(path):
    return [{"effort": 1, **one} for one in journal(path) if one["event"] == "asked"]


def test_several_of_the_best_nodes_are_trained_and_validation_chooses(text, tmp_path, monkeypatch):
    third = []

    def chance(what):
        own = what.architecture.layers[0].groups[0].cell.name
        return 0.0 if own in third else 1.0

    monkeypatch.setattr(fakes, "_chance", chance)
    stages = (SEARCH, replace(FINALS, contenders=3), SCORES)
    first = evolved(text, tmp_path / "first", stages)
    best = [int(one.name.split("-")[2]) for one in (tmp_path / "first" / "finals").iterdir()]
    assert first.chosen.number in best
    assert len(set(best)) == 3
    other = next(number for number in best if number != first.chosen.number)
    third.append(f"node {other}")
    again = evolved(text, tmp_path / "again", stages)
    finals = [one for one in again.scores if one.stage == "final" and one.seed is not None]
    assert {one.candidate for one in finals} == {other}
    assert {one.seed for one in finals} == {SEED, SEED + 1}
    assert again.chosen.number == other  # whether it is on the front or not
    assert again.best == again.genome(other)
    assert again.models[0].role == "evolved"
    assert {one.candidate for one in again.models[0].scores} == {other}
    assert again.models[0].value("valid", stage="search") is not None


def test_the_best_of_each_niche_is_trained_in_the_end(text, tmp_path):
    method = RacedNodes(niches=True, immigrant_rate=0.5, efforts=(1, 2), shares=(0.5, 0.5))
    stages = (SEARCH, replace(FINALS, contenders=2), SCORES)
    path = tmp_path / "run"
    evolved(text, path, stages, "40 networks", method=method, order="arrival", workers=1)
    niches = {one["number"]: one["how"]["niche"] for one in asked(path)}
    losses = {one["number"]: one["loss"] for one in journal(path) if one.get("loss") is not None}
    best = {min((losses[n], n) for n in losses if niches[n] == one)[1] for one in niches.values()}
    assert {int(one.name.split("-")[2]) for one in (path / "finals").iterdir()} == best
    assert len(best) == 2
