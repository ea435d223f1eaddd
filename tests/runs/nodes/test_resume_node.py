"""A search for nodes goes on with more: a budget, generations, rivals; and what it refuses.

That it goes on from every stage as if nothing had been stands in `tests/runs/test_stages.py`.
"""

import json
import shutil
from functools import partial

import pytest

from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.config_file import read_config
from cellcolony.runs.events import ItemDone, NothingLeft, StageStarted, Told, Warned
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import PASSED, resume
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.tasks.language import Language
from tests.runs import settings
from tests.runs.fakes import done_in, faked
from tests.runs.runs import (
    Nth,
    interrupting,
    items,
    journal,
    killed,
    killing,
    outcome,
    same,
    scores,
)  # fmt: skip
from tests.runs.settings import FINAL, NODES, OF_NODES, SEARCH, text_in

N = NODES.n_candidates
TUNED = tuple(
    CellsStage(cells=one.cells, tuned=("lstm",)) if isinstance(one, CellsStage) else one
    for one in OF_NODES
)
ALONE = (SEARCH, FinalsStage(training=FINAL), FinalScoresStage())

pytestmark = pytest.mark.usefixtures("often", "no_training")


def evolved(task, path, budget=None, stages=OF_NODES, on_event=None, **options):
    study = settings.nodes(task, stages, **options)
    return study.run(budget, out=path, executor="threads", on_event=on_event)


again = partial(resume, executor="threads")


def killed_at(is_it, task, path, stages=OF_NODES):
    """Run until an event, which ends everything."""
    with killed():
        evolved(task, path, stages=stages, on_event=killing(is_it))


def of(stage):
    return lambda event: event.stage == stage


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, text):
    with faked():
        return evolved(text, tmp_path_factory.mktemp("undisturbed") / "run")


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, text):
    with faked():
        return evolved(text, tmp_path_factory.mktemp("tuned") / "run", stages=TUNED)


@pytest.fixture
def ended(undisturbed, tmp_path):
    """A copy of a run that has ended."""
    return shutil.copytree(undisturbed.path, tmp_path / "run")


@pytest.fixture
def touched(tmp_path):
    """A folder in which what is done leaves files: see `fakes.Losses`."""
    (tmp_path / "touched").mkdir()
    return tmp_path / "touched"


def test_a_rival_may_be_tuned_later(text, tmp_path, tuned):
    path = tmp_path / "run"
    killed_at(Nth(StageStarted, 1, of("finals")), text, path)
    same(again(path, tuned=("lstm",)), tuned)


def test_a_rival_of_an_ended_run_may_be_tuned_and_nobody_else_is_trained_again(
    ended, touched, tuned
):
    events = []
    with faked(touched=touched):
        result = again(ended, tuned=("lstm",), on_event=events.append)
    assert scores(result) == scores(tuned)
    assert set(items(ended)) - set(items(tuned.path)) == {("test", "reading 2")}
    done = done_in(touched)
    assert sum(name.startswith("rival lstm") for name in done) == N - 1
    assert sum(name.startswith("final tuned-lstm") for name in done) == 2
    assert sum(name.startswith("score tuned-lstm") for name in done) == 2
    assert len(done) == N - 1 + 4
    stage = read_config(ended).stage("cells")
    assert isinstance(stage, CellsStage)
    assert stage.tuned == ("lstm",)
    assert [event.text for event in events if isinstance(event, Warned)]  # the test was read before
    assert outcome(result).test_readings == 2
    events.clear()
    again(ended, on_event=events.append)
    assert events == [NothingLeft(PASSED)]


def test_a_rival_that_is_tuned_no_more_goes_and_may_come_back_untrained(tuned, tmp_path, touched):
    path = shutil.copytree(tuned.path, tmp_path / "run")
    without = again(path, tuned=())
    assert "tuned lstm" not in {one.model for one in without.models}
    assert not [one for one in (path / "finals").iterdir() if one.name.startswith("tuned")]
    with faked(touched=touched):
        result = again(path, tuned=("lstm",))
    assert scores(result) == scores(tuned)
    assert done_in(touched) == []


def test_only_rivals_can_be_tuned(ended, text, tmp_path):
    with pytest.raises(ConfigError, match=r"`tuned` must name rivals.*Got mgu"):
        again(ended, tuned=("mgu",))
    evolved(text, tmp_path / "alone", "20 networks", ALONE)
    with pytest.raises(ConfigError, match="for searches for nodes that have rivals"):
        again(tmp_path / "alone", tuned=("lstm",))


def test_a_run_that_ended_with_a_smaller_budget_goes_on_with_another_best_node(
    text, tmp_path, touched, undisturbed
):
    path, events = tmp_path / "run", []
    with faked(touched=touched):
        first = evolved(text, path, "20 networks")
        assert outcome(first).control_candidates == 20
        result = again(path, "1000 networks", on_event=events.append)
    assert journal(path) == journal(undisturbed.path)
    assert journal(path / "control") == journal(undisturbed.path / "control")
    assert scores(result) == scores(undisturbed)
    assert outcome(result).control_candidates == N
    assert first.chosen.number != result.chosen.number
    done = done_in(touched)
    assert done.count("final lstm-seed-1") == done.count("score lstm-seed-1") == 1
    assert done.count("rival lstm 0") == 1
    kept = sorted(folder.name for folder in (path / "finals").iterdir())
    assert f"evolved-node-{first.chosen.number}-seed-1" not in kept
    assert f"evolved-node-{result.chosen.number}-seed-1" in kept
    warned = [event.text for event in events if isinstance(event, Warned)]
    assert any("The test split has been scored once before" in text for text in warned)


def test_a_run_that_has_ended_says_that_nothing_is_left(text, tmp_path):
    path, events = tmp_path / "run", []
    evolved(text, path, "20 networks", ALONE)
    again(path, on_event=events.append)
    assert events == [NothingLeft("20 candidates are done")]
    again(path, "9999 networks")
    events.clear()
    again(path, "99999 networks", on_event=events.append)
    assert events == [NothingLeft(PASSED)]


def test_more_generations_than_it_was_begun_with(text, tmp_path, touched):
    more, path = NODES.generations + 2, tmp_path / "run"
    at_once = evolved(text, tmp_path / "at once", f"{more} generations")
    assert at_once.n_done > N
    first = evolved(text, path)
    first_control = shutil.copytree(path / "control", tmp_path / "control")
    with faked(touched=touched):
        result = again(path, f"{more} generations")
    assert at_once.path is not None
    assert journal(path) == journal(at_once.path)
    begun = [line for line in journal(path / "control") if line["number"] < N]
    assert begun == journal(first_control)  # it goes on by the settings that it was begun with
    others = [
        [score for score in scores(one) if score.model != "random search"]
        for one in (result, at_once)
    ]
    assert others[0] == others[1]
    assert outcome(result).control_candidates == result.n_done == at_once.n_done
    assert result.config.method.generations == more
    assert first.config.method.generations == NODES.generations
    done = done_in(touched)
    assert sum(name.startswith("candidate") for name in done) == 2 * (result.n_done - N)
    assert not any(name.startswith(("rival", "final lstm")) for name in done)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_fewer_generations_end_the_search_there_if_it_is_not_further(text, tmp_path, n):
    """It was begun with more of them, and killed in the third."""
    path = tmp_path / "run"
    killed_at(Nth(Told, 30), text, path, ALONE)
    n_asked = sum(line["event"] == "asked" for line in journal(path))
    result = again(path, f"{n} generations")
    assert result.n_done == max(n_asked, n * NODES.population)
    if n == 3:
        undisturbed = evolved(text, tmp_path / "other", f"{3 * NODES.population} networks", ALONE)
        assert undisturbed.path is not None
        assert journal(path) == journal(undisturbed.path)
        assert scores(result) == scores(undisturbed)
    assert read_config(path).method.generations == NODES.generations


def test_fewer_generations_than_are_done_are_nothing_more_to_do(ended, undisturbed):
    events = []
    result = again(ended, "2 generations", on_event=events.append)
    assert events == [NothingLeft(PASSED)]
    assert scores(result) == scores(undisturbed)
    assert read_config(ended).method.generations == NODES.generations


def test_final_trainings_get_more_epochs_and_the_search_stays(ended, touched, undisturbed):
    events = []
    with faked(touched=touched):
        result = again(ended, epochs=9, on_event=events.append)
    stage = result.config.stage("finals")
    assert isinstance(stage, FinalsStage)
    assert stage.training.schedule.epochs == 9
    done = done_in(touched)
    assert sum(name.startswith("final") for name in done) == 10
    assert len(done) == 20  # and they are scored
    assert journal(ended) == journal(undisturbed.path)
    assert result.config.training == undisturbed.config.training
    assert len([event for event in events if isinstance(event, Warned)]) == 1


def test_another_text_is_refused(tmp_path):
    task, path = text_in(tmp_path), tmp_path / "run"
    killed_at(Nth(Told, 20), task, path)
    text = tmp_path / "text.txt"
    text.write_text("other words altogether and again other words\n" * 40)
    with pytest.raises(RunError, match="was begun on other data"):
        again(path)
    with pytest.raises(RunError, match="was begun on other data"):
        again(path, task=Language.from_files(text))


def test_a_text_that_has_moved_is_named_anew(tmp_path, undisturbed):
    task, path = text_in(tmp_path), tmp_path / "run"
    killed_at(Nth(Told, 20), task, path)
    moved = (tmp_path / "text.txt").rename(tmp_path / "moved.txt")
    with pytest.raises(ValueError, match=r"text\.txt(.|\n)*name them anew: --train"):
        again(path)
    result = again(path, files={"train": [str(moved)]})
    assert journal(path) == journal(undisturbed.path)
    assert [one.value for one in result.scores] == [one.value for one in undisturbed.scores]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("population = 12", "population = 13", r"method.population \(there 12, now 13\)"),
        ("hidden = 4", "hidden = 5", r"training.model.hidden \(there 4, now 5\)"),
        ("seed = 1", "seed = 2", r"seed \(there 1, now 2\)"),
        ("population = 12", "populations = 12", "there is no setting `populations`"),
        ('kind = "language"', 'kind = "nodes"', "There is no task 'nodes'"),
    ],
)
def test_changed_settings_are_refused(ended, old, new, message):
    config = (ended / "config.toml").read_text()
    assert old in config
    (ended / "config.toml").write_text(config.replace(old, new, 1))
    with pytest.raises(RunError, match=message):
        again(ended)


def test_a_random_search_of_other_settings_is_refused(text, tmp_path):
    path = tmp_path / "run"
    killed_at(Nth(Told, 20), text, path)
    evolved(text, path / "control", "5 networks", (SEARCH,), seed=2)
    with pytest.raises(RunError, match="holds another search than the random search of this run"):
        again(path)


def test_a_run_without_its_checkpoint_goes_on_from_the_journal(text, tmp_path, undisturbed):
    path = tmp_path / "run"
    killed_at(Nth(Told, 20), text, path)
    (path / "checkpoint.json").write_text("{")
    with pytest.raises(RunError, match="give a --budget"):
        again(path)
    same_but_for_the_budget = again(path, "1000 networks")
    assert journal(path) == journal(undisturbed.path)
    assert scores(same_but_for_the_budget) == scores(undisturbed)


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
        again(path, "1000 networks")


def test_a_run_that_is_under_way_is_refused_and_can_be_read(text, tmp_path):
    path, found = tmp_path / "run", []

    def look(event):
        if isinstance(event, StageStarted):
            with pytest.raises(RunError, match="written by another process"):
                again(path)
            found.append(open_run(path))

    result = evolved(text, path, "20 networks", on_event=look)
    assert len(found) == 4
    assert all(one.outcome is None for one in found)
    assert all(one.n_done == 20 for one in found)
    assert all(one.models[0].value("test") is None for one in found)
    assert open_run(path).scores == result.scores


@pytest.mark.parametrize("stage", ["cells", "finals", "final-scores"])
def test_an_interrupt_at_the_last_item_of_a_stage_is_not_lost(text, tmp_path, undisturbed, stage):
    path, events = tmp_path / "run", []
    is_last = Nth(ItemDone, 1, lambda event: event.stage == stage and event.n_done == event.n)
    leave = interrupting(is_last)

    def observe(event):
        events.append(event)
        leave(event)

    with pytest.raises(KeyboardInterrupt):
        evolved(text, path, on_event=observe)
    assert isinstance(events[-1], ItemDone)
    assert events[-1].stage == stage
    assert not (path / "result.toml").exists()
    same(again(path), undisturbed)
