"""Every stage goes on at its own grain: a study ended anywhere comes out as an undisturbed one."""

import random
import shutil
from functools import partial

import pytest

from cellcolony.runs import recorder
from cellcolony.runs.events import (
    Asked,
    Done,
    ItemDone,
    NothingLeft,
    SearchEnded,
    StageStarted,
    Told,
)  # fmt: skip
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import PASSED, resume
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.search.nodes import NodeEvolution
from tests.runs import settings
from tests.runs.fakes import done_in, faked
from tests.runs.runs import (
    Killed,
    Nth,
    interrupting,
    items,
    killed,
    killing,
    lines_of,
    outcome,
    same,
    scores,
)  # fmt: skip
from tests.runs.settings import OF_NODES

NODES = NodeEvolution(population=6, generations=3)
N = NODES.n_candidates
FORECASTS = 8
TUNED = tuple(
    CellsStage(cells=one.cells, tuned=("lstm",)) if isinstance(one, CellsStage) else one
    for one in OF_NODES
)

pytestmark = pytest.mark.usefixtures("often", "no_training")


def of(stage):
    return lambda event: event.stage == stage


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, read, text):
    """A study of each kind that nothing happened to; never change them.

    Beside each stands what a kill would have left at each of its instants: one run serves all.
    """
    folder = tmp_path_factory.mktemp("undisturbed")

    def watched(kind, instants):
        return folder / kind, copying(folder / kind, instants)

    with faked(), pytest.MonkeyPatch.context() as patched:
        patched.setattr(recorder, "CANDIDATES", 5)
        patched.setattr(recorder, "SECONDS", 0.0)
        run, observe = watched("forecast", OF_A_FORECAST)
        found = {"forecast": forecast(read, run, on_event=observe)}
        run, observe = watched("nodes", OF_A_SEARCH_FOR_NODES)
        found["nodes"] = nodes(text, run, on_event=observe)
        run, observe = watched("tuned", AMONG_RECIPES)
        found["tuned"] = nodes(text, run, TUNED, on_event=observe)
    return found


def copying(run, instants):
    """Return an observer that copies a run's directory at each instant, but for unfinished files.

    A worker may be writing those meanwhile.
    """
    meant = {name: Nth(one.kind, one.n, one.is_meant) for name, one in instants.items()}

    def observe(event):
        for name in [name for name, is_it in meant.items() if is_it(event)]:
            ignore = shutil.ignore_patterns("*.part")
            shutil.copytree(run, run.with_name(f"{run.name} {name}"), ignore=ignore)

    return observe


def left_by_a_kill(undisturbed, kind, instant, tmp_path):
    """Return a copy of what a kill at an instant leaves of a study."""
    run = undisturbed[kind].path
    return shutil.copytree(run.with_name(f"{run.name} {instant}"), tmp_path / "run")


def forecast(task, path, **how):
    study = settings.forecast(task, settings.all_of_a_forecast())
    return study.run(f"{FORECASTS} networks", out=path, **how)


def nodes(task, path, stages=OF_NODES, **how):
    return settings.nodes(task, stages, NODES).run(out=path, **{"executor": "threads", **how})


again = partial(resume, executor="threads")

OF_A_FORECAST = {
    "in the search": Nth(Told, 5),
    "when the search has ended": Nth(SearchEnded, 1),
    "when the control begins": Nth(StageStarted, 1, of("control")),
    "in the control": Nth(Done, FORECASTS + 3),
    "when the control has ended": Nth(SearchEnded, 2),
    "when the ensembles begin": Nth(StageStarted, 1, of("ensemble")),
    "between two ensembles": Nth(ItemDone, 1, of("ensemble")),
    "after the last ensemble": Nth(ItemDone, 2, of("ensemble")),
    "when the rivals begin": Nth(StageStarted, 1, of("rivals")),
    "after the first rival": Nth(ItemDone, 1, of("rivals")),
    "between two rivals": Nth(ItemDone, 3, of("rivals")),
    "after the last rival": Nth(ItemDone, 4, of("rivals")),
    "when the scores begin": Nth(StageStarted, 1, of("scores")),
    "when the test split is read": Nth(ItemDone, 1, of("test")),
    "when columns begin to be measured": Nth(StageStarted, 1, of("importance")),
    "when columns are measured": Nth(ItemDone, 1, of("importance")),
}


@pytest.mark.parametrize("instant", OF_A_FORECAST)
def test_a_search_for_forecasts_killed_in_any_stage_ends_as_if_undisturbed(
    tmp_path, undisturbed, instant
):
    path = left_by_a_kill(undisturbed, "forecast", instant, tmp_path)
    assert not (path / "result.toml").exists()
    done = items(path)
    same(again(path), undisturbed["forecast"])
    assert set(done) <= set(items(path))


OF_A_SEARCH_FOR_NODES = {
    "before the first candidate is done": Nth(Asked, 3),
    "in the first generation": Nth(Done, 4),
    "in the third generation": Nth(Told, 14),
    "when the search has ended": Nth(SearchEnded, 1),
    "in random search": Nth(Done, N + 8),
    "when random search has ended": Nth(SearchEnded, 2),
    "when the rivals begin": Nth(StageStarted, 1, of("cells")),
    "between two rivals": Nth(ItemDone, 2, of("cells")),
    "when the final trainings begin": Nth(StageStarted, 1, of("finals")),
    "between two final trainings": Nth(ItemDone, 5, of("finals")),
    "after the last final training": Nth(ItemDone, 10, of("finals")),
    "when the test text is read": Nth(ItemDone, 1, of("test")),
    "when the scores begin": Nth(StageStarted, 1, of("final-scores")),
    "between two scores": Nth(ItemDone, 6, of("final-scores")),
    "after the last score": Nth(ItemDone, 10, of("final-scores")),
}


@pytest.mark.parametrize("instant", OF_A_SEARCH_FOR_NODES)
def test_a_search_for_nodes_killed_in_any_stage_ends_as_if_undisturbed(
    tmp_path, undisturbed, instant
):
    path = left_by_a_kill(undisturbed, "nodes", instant, tmp_path)
    assert not (path / "result.toml").exists()
    same(again(path), undisturbed["nodes"])


AMONG_RECIPES = {f"recipe {n}": Nth(ItemDone, n, of("cells")) for n in (1, 4, N - 4)}


@pytest.mark.parametrize("instant", AMONG_RECIPES)
def test_a_study_killed_among_recipes_ends_as_if_undisturbed(tmp_path, undisturbed, instant):
    path = left_by_a_kill(undisturbed, "tuned", instant, tmp_path)
    assert not (path / "result.toml").exists()
    same(again(path), undisturbed["tuned"])


@pytest.mark.parametrize("kind", ["forecast", "nodes"])
def test_a_study_killed_in_one_session_after_another_ends_as_if_undisturbed(
    read, text, tmp_path, undisturbed, kind
):
    path, chance, n_kills = tmp_path / "run", random.Random(kind), 0
    begin = partial(forecast, read) if kind == "forecast" else partial(nodes, text)
    while not (path / "result.toml").exists():
        go_on = again if (path / "config.toml").exists() else begin
        kill = killing(Nth((Done, ItemDone), chance.randrange(1, 9)))  # something was done
        try:
            go_on(path, on_event=kill)
        except Killed:
            n_kills += 1
    assert n_kills > 3
    same(open_run(path), undisturbed[kind])


INTERRUPTS = {
    "control": (Nth(Done, N + 8), "nodes"),
    "cells": (Nth(ItemDone, 1, of("cells")), "nodes"),
    "finals": (Nth(ItemDone, 3, of("finals")), "nodes"),
    "final-scores": (Nth(ItemDone, 3, of("final-scores")), "nodes"),
    "with the last rival": (Nth(ItemDone, 4, of("rivals")), "forecast"),
    "with the last final training": (Nth(ItemDone, 10, of("finals")), "nodes"),
    "with the last score": (Nth(ItemDone, 10, of("final-scores")), "nodes"),
    "rivals": (Nth(ItemDone, 1, of("rivals")), "forecast"),
    "control of a forecast": (Nth(Done, FORECASTS + 3), "forecast"),
}


@pytest.mark.parametrize("stage", INTERRUPTS)
def test_an_interrupt_after_the_search_leaves_and_the_run_goes_on_later(
    read, text, tmp_path, undisturbed, stage
):
    path, (here, kind) = tmp_path / "run", INTERRUPTS[stage]
    observe = interrupting(Nth(here.kind, here.n, here.is_meant))
    begin = partial(nodes, text) if kind == "nodes" else partial(forecast, read)
    with pytest.raises(KeyboardInterrupt):
        begin(path, on_event=observe)
    assert not (path / "result.toml").exists()
    assert open_run(path).outcome is None
    same(again(path), undisturbed[kind])


def test_the_first_interrupt_ends_the_search_and_what_follows_is_done(text, tmp_path):
    observe = interrupting(Nth(Told, 8))
    study = settings.nodes(text, method=NODES, order="arrival")
    result = study.run(out=tmp_path / "run", on_event=observe, executor="threads")
    assert outcome(result).interrupted
    assert 8 <= result.n_done < 13
    assert outcome(result).control_candidates == result.n_done
    kinds = [(one.stage, one.split, one.measure) for one in result.scores]
    assert kinds.count(("final", "test", "perplexity")) == 11


def test_what_is_done_is_not_done_twice(text, tmp_path):
    path, touched = tmp_path / "run", tmp_path / "touched"
    touched.mkdir()
    with killed():
        nodes(text, path, TUNED, on_event=killing(Nth(ItemDone, 4, of("final-scores"))))
    known = items(path)
    assert sum(stage == "final-scores" for stage, _ in known) == 4
    with faked(touched=touched):
        again(path)
    done = done_in(touched)
    assert [name.partition(" ")[0] for name in done] == ["score"] * 8
    scored = {key.partition(" ")[0] for stage, key in known if stage == "final-scores"}
    assert not scored & {name.partition(" ")[2] for name in done}
    assert set(known) <= set(items(path))


@pytest.mark.parametrize("stage", ["cells", "finals"])
def test_only_what_is_left_of_a_stage_is_done(text, tmp_path, stage):
    path, touched = tmp_path / "run", tmp_path / "touched"
    touched.mkdir()
    with killed():
        nodes(text, path, on_event=killing(Nth(ItemDone, 2, of(stage))))
    events = []
    with faked(touched=touched):
        again(path, on_event=events.append)
    (started,) = [e for e in events if isinstance(e, StageStarted) and e.stage == stage]
    n = {"cells": 3, "finals": 10}[stage]
    assert (started.n, started.n_done) == (n, 2)
    word = {"cells": "rival", "finals": "final"}[stage]
    assert sum(name.startswith(word) for name in done_in(touched)) == n - 2
    assert not any(name.startswith("candidate") for name in done_in(touched))


def test_a_study_that_has_ended_says_so_and_changes_nothing(undisturbed):
    for kind, why in (
        ("forecast", f"{FORECASTS} candidates are done"),
        ("nodes", PASSED),
    ):
        run, events = undisturbed[kind].path, []
        before = {file: file.read_bytes() for file in run.rglob("*") if file.is_file()}
        result = again(run, on_event=events.append)
        assert events == [NothingLeft(why)]
        assert {file: file.read_bytes() for file in run.rglob("*") if file.is_file()} == before
        same(result, undisturbed[kind])


def test_a_study_that_ended_is_finished_where_a_stage_has_lost_what_it_did(
    text, tmp_path, undisturbed
):
    path = shutil.copytree(undisturbed["nodes"].path, tmp_path / "run")
    lines = (path / "journal.jsonl").read_text().splitlines(keepends=True)
    kept = [line for line in lines if '"stage": "final-scores"' not in line]
    (path / "journal.jsonl").write_text("".join(kept))
    result = again(path)
    assert scores(result) == scores(undisturbed["nodes"])


def test_the_journal_tells_of_every_stage_that_began(undisturbed):
    begun = {
        kind: [line["stage"] for line in lines_of(run.path) if line["event"] == "stage"]
        for kind, run in undisturbed.items()
    }
    assert begun["forecast"] == ["ensemble", "rivals", "importance"]
    assert begun["nodes"] == ["cells", "finals", "final-scores"]
    assert begun["tuned"] == begun["nodes"]


def test_a_stage_is_done_by_as_many_workers_as_there_are(text, tmp_path, undisturbed):
    same(nodes(text, tmp_path / "threads", workers=4), undisturbed["nodes"])
    path = left_by_a_kill(undisturbed, "nodes", "when the rivals begin", tmp_path)
    same(resume(path, executor="processes", workers=2), undisturbed["nodes"])


def test_a_forged_result_of_another_recipe_is_not_believed(text, tmp_path, undisturbed):
    path = tmp_path / "run"
    with killed():
        nodes(text, path, TUNED, on_event=killing(Nth(ItemDone, 8, of("cells"))))
    journal = path / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if '"key": "lstm 3 ' in line)
    key = lines[place].partition('"key": "')[2].partition('"')[0]
    forged = lines[place].replace(key, key[:-16] + "0" * 16).replace('"loss": ', '"loss": 0.00')
    lines[place] = forged
    journal.write_text("".join(lines))
    assert scores(again(path)) == scores(undisturbed["tuned"])
