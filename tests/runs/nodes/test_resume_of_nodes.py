"""A search for nodes that ended or was wanted otherwise goes on; see also `test_stages.py`."""

import json
import shutil
from dataclasses import replace
from functools import partial

import pytest

from cellcolony.errors import RunError
from cellcolony.runs.events import (
    Asked,
    ItemDone,
    NothingLeft,
    SearchEnded,
    StageStarted,
    Told,
    Warned,
)
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import resume as resume_any
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.tasks.language import Language
from tests.runs import settings
from tests.runs.fakes import done_in, faked
from tests.runs.runs import Nth, journal, killed, killing, outcome, same, scores
from tests.runs.settings import FINAL, NODES, OF_NODES, SEARCH

resume = partial(resume_any, executor="threads")

pytestmark = pytest.mark.usefixtures("often", "no_training")


def of(stage):
    return lambda event: event.stage == stage


def begin(text, path, budget=None, stages=OF_NODES, on_event=None, **study):
    made = settings.nodes(text, stages, **study)
    return made.run(budget, out=path, executor="threads", on_event=on_event)


def killed_at(is_it, text, path, **more):
    with killed():
        begin(text, path, on_event=killing(is_it), **more)


def with_tuned(stages):
    return tuple(CellsStage(one.cells, ("lstm",)) if one.name == "cells" else one for one in stages)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, text):
    with faked():
        return begin(text, tmp_path_factory.mktemp("undisturbed") / "run")


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, text):
    with faked():
        return begin(text, tmp_path_factory.mktemp("tuned") / "run", stages=with_tuned(OF_NODES))


@pytest.fixture
def touched(tmp_path):
    folder = tmp_path / "touched"
    folder.mkdir()
    with faked(touched=folder):
        yield folder


def test_a_rival_may_be_tuned_later(text, tmp_path, tuned):
    path = tmp_path / "run"
    killed_at(Nth(StageStarted, 1, of("finals")), text, path)
    result = resume(path, tuned=["lstm"])
    assert scores(result) == scores(tuned)
    assert journal(path) == journal(tuned.path)


def test_a_rival_of_an_ended_run_may_be_tuned_and_nobody_else_is_trained_again(
    tmp_path, undisturbed, tuned, touched
):
    path, events = tmp_path / "run", []
    shutil.copytree(undisturbed.path, path)
    result = resume(path, tuned=["lstm"], on_event=events.append)
    assert scores(result) == scores(tuned)
    done = done_in(touched)
    assert sum(name.startswith("rival lstm") for name in done) == 47
    assert sum(name.startswith("final tuned-lstm") for name in done) == 2
    assert sum(name.startswith("score tuned-lstm") for name in done) == 2
    assert len(done) == 51
    assert [event for event in events if isinstance(event, Warned)]  # test was read before
    events.clear()
    resume(path, on_event=events.append)
    assert events == [NothingLeft("all its generations have passed")]


def test_a_run_that_ended_with_a_smaller_budget_goes_on(text, tmp_path, undisturbed, touched):
    path = tmp_path / "run"
    first = begin(text, path, "20 networks")
    assert outcome(first).control_candidates == 20
    result = resume(path, "1000 networks")
    assert journal(path) == journal(undisturbed.path)
    assert journal(path / "control") == journal(undisturbed.path / "control")
    assert scores(result) == scores(undisturbed)
    assert outcome(result).control_candidates == 48
    assert outcome(result).test_readings == 2
    assert first.chosen.number != result.chosen.number
    assert done_in(touched).count("final lstm-seed-1") == 1
    kept = sorted(folder.name for folder in (path / "finals").iterdir())
    assert f"evolved-node-{first.chosen.number}-seed-1" not in kept
    assert f"evolved-node-{result.chosen.number}-seed-1" in kept


@pytest.fixture(scope="module")
def longer(tmp_path_factory, text):
    """A search of six generations that nothing happened to."""
    with faked():
        method = replace(NODES, generations=6)
        return begin(text, tmp_path_factory.mktemp("longer") / "run", method=method)


@pytest.mark.parametrize("killed_first", [False, True])
def test_more_generations_after_the_end_are_those_of_a_search_that_had_them_at_once(
    text, tmp_path, longer, killed_first
):
    path, events = tmp_path / "run", []
    begin(text, path)
    before = (path / "control" / "journal.jsonl").read_bytes()
    if killed_first:
        with killed():
            resume(path, "6 generations", on_event=killing(Nth(Told, 9)))
        assert open_run(path).config.method.generations == 6
        result = resume(path, on_event=events.append)
    else:
        result = resume(path, "6 generations", on_event=events.append)
    assert result.n_done == 6 * NODES.population == outcome(result).control_candidates
    assert journal(path) == journal(longer.path)
    assert (path / "control" / "journal.jsonl").read_bytes().startswith(before)
    models = {one.model for one in result.models} - {"random search"}  # which has its own settings
    assert models == {one.model for one in longer.models} - {"random search"}
    assert [s for s in scores(result) if s.model in models] == [
        s for s in scores(longer) if s.model in models
    ]
    assert outcome(result).budget == "6 generations"
    assert outcome(result).test_readings == 2
    (warned,) = [event.text for event in events if isinstance(event, Warned)]
    assert "has been scored once before" in warned
    events.clear()
    resume(path, "6 generations", on_event=events.append)
    assert events == [NothingLeft("all its generations have passed")]


def test_longer_final_trainings_after_the_end_say_that_test_was_read(
    tmp_path, undisturbed, touched
):
    path, events = shutil.copytree(undisturbed.path, tmp_path / "run"), []
    result = resume(path, epochs=7, on_event=events.append)
    assert {name.partition(" ")[0] for name in done_in(touched)} == {"final", "score"}
    assert len(done_in(touched)) == 20
    (warned,) = [event.text for event in events if isinstance(event, Warned)]
    assert "The test split has been scored once before in this study" in warned
    assert outcome(result).test_readings == 2
    assert result.config.stage("finals").training.schedule.epochs == 7
    again = resume(path, epochs=9, on_event=events.append)
    assert outcome(again).test_readings == 3
    assert "2 times before" in [event.text for event in events if isinstance(event, Warned)][-1]


def test_a_run_that_has_ended_says_that_nothing_is_left(text, tmp_path):
    path, events = tmp_path / "run", []
    stages = SEARCH, FinalsStage(training=FINAL, n_seeds=2), FinalScoresStage()
    begin(text, path, "20 networks", stages)
    resume(path, on_event=events.append)
    assert events == [NothingLeft("20 candidates are done")]
    resume(path, "9999 networks")
    events.clear()
    resume(path, "99999 networks", on_event=events.append)
    assert events == [NothingLeft("all its generations have passed")]


def test_the_text_is_read_again_where_it_came_from(text, tmp_path, undisturbed):
    killed_at(Nth(Told, 20), text, tmp_path / "run")
    same(resume(tmp_path / "run", task=text), undisturbed)


def test_another_text_is_refused_and_one_that_moved_is_named_anew(tmp_path, undisturbed):
    task, path = settings.text_in(tmp_path), tmp_path / "run"
    killed_at(Nth(Told, 20), task, path)
    moved = (tmp_path / "text.txt").rename(tmp_path / "moved.txt")
    (tmp_path / "text.txt").write_text("other words altogether and again other words\n" * 40)
    with pytest.raises(RunError, match="was begun on other data: fingerprint there"):
        resume(path)
    other = Language.from_files(tmp_path / "text.txt")
    with pytest.raises(RunError, match="was begun on other data"):
        resume(path, task=other)
    (tmp_path / "text.txt").unlink()
    with pytest.raises(ValueError, match=r"text\.txt"):
        resume(path)
    same(resume(path, files={"train": [str(moved)]}), undisturbed)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("population = 12", "population = 13", r"method.population \(there 12, now 13\)"),
        ("hidden = 4", "hidden = 5", r"training.model.hidden \(there 4, now 5\)"),
        ("population = 12", "populations = 12", "populations.*'population'"),
        ('kind = "language"', 'kind = "nodes"', "nodes"),
    ],
)
def test_changed_settings_are_refused(tmp_path, undisturbed, old, new, message):
    path = shutil.copytree(undisturbed.path, tmp_path / "run")
    config = (path / "config.toml").read_text()
    assert old in config
    (path / "config.toml").write_text(config.replace(old, new, 1))
    with pytest.raises(RunError, match=message):
        resume(path)


def test_a_changed_stage_does_what_its_items_lack_and_no_more(tmp_path, undisturbed, touched):
    """What a stage has done depends on what its keys say, and its settings may change."""
    path = shutil.copytree(undisturbed.path, tmp_path / "run")
    config = (path / "config.toml").read_text()
    (path / "config.toml").write_text(config.replace("n_seeds = 2", "n_seeds = 3", 1))
    result = resume(path)
    assert sorted(done_in(touched)) == sorted(
        f"{what} {name}-seed-3"
        for what in ("final", "score")
        for name in (
            f"evolved-node-{result.chosen.number}", f"random-search-{control(path)}",
            "lstm", "gru", "nascell",
        )
    )  # fmt: skip
    assert {one.seed for one in result.scores if one.model == "lstm"} == {None, 1, 2, 3}


def control(path):
    return open_run(path / "control").chosen.number


def test_a_random_search_of_other_settings_is_refused(text, tmp_path):
    path = tmp_path / "run"
    killed_at(Nth(Told, 20), text, path)
    begin(text, path / "control", "5 networks", seed=2)
    with pytest.raises(RunError, match="holds another search than the control"):
        resume(path)


def test_a_run_without_its_checkpoint_goes_on_from_the_journal(text, tmp_path, undisturbed):
    path = tmp_path / "run"
    killed_at(Nth(Told, 20), text, path)
    (path / "checkpoint.json").write_text("{")
    with pytest.raises(RunError, match="give a --budget"):
        resume(path)
    resume(path, "1000 networks")
    assert journal(path) == journal(undisturbed.path)


def test_what_is_asked_again_must_come_out_as_the_journal_says(text, tmp_path):
    path = tmp_path / "run"
    killed_at(Nth(Told, 20), text, path)
    (path / "checkpoint.json").write_text("{")
    lines = (path / "journal.jsonl").read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if json.loads(line)["event"] == "asked")
    changed = json.loads(lines[at])
    changed["tree"]["tree"] = "tanh(z0)"
    lines[at] = json.dumps(changed)
    (path / "journal.jsonl").write_text("\n".join(lines) + "\n")
    with pytest.raises(RunError, match="Candidate 0 comes out otherwise than in the journal"):
        resume(path, "1000 networks")


@pytest.mark.parametrize("when", [(Asked, None), (SearchEnded, None), (ItemDone, "finals")])
def test_a_run_that_is_under_way_is_refused_and_can_be_read(text, tmp_path, when):
    path, found = tmp_path / "run", []
    kind, stage = when

    def look(event):
        late = not isinstance(event, Asked) or event.candidate.number == 15
        if isinstance(event, kind) and late and (stage is None or event.stage == stage):
            with pytest.raises(RunError, match="written by another process"):
                resume(path)
            found.append(open_run(path))

    begin(text, path, "20 networks", on_event=look)
    assert found
    assert all(one.outcome is None for one in found)
    assert found[0].n_done == (20 if kind is not Asked else found[0].n_done)
