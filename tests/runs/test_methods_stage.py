"""Other methods of search as rivals: as much training, and runs of their own that go on."""

import json
import shutil
from typing import Any

import pytest

from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import ConfigError, RunError
from cellcolony.report.sections.rivals import remarks
from cellcolony.runs import ledger
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Asked, Done, SearchStarted, StageStarted
from cellcolony.runs.journal import ASKED, DONE, read_journal
from cellcolony.runs.ledger import Order, promoted
from cellcolony.runs.open import open_run
from cellcolony.runs.replay.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.methods import MethodsStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.runs.watch.following import Following
from cellcolony.search.ants import AntSwarm
from cellcolony.search.fixed import FixedNetworks
from tests.runs.settings import ANTS, TRAINING

STAGES = (SearchStage(), MethodsStage(methods=("fixed",)), ScoresStage())
RIVAL = "tuned fixed network"


def study(task, method: Any = ANTS, stages: Any = STAGES, order: Order = "strict"):
    return Study.of(task, method, training=TRAINING, stages=stages, seed=2, order=order)


def trainings(run):
    """Return how many trainings of the usual length the journal of a run asks for."""
    lines = [line.light for line in read_journal(run / "journal.jsonl") if line.event == ASKED]
    return sum(line.get("effort", 1) for line in lines)


@pytest.fixture(scope="module")
def ended(read, tmp_path_factory):
    path = tmp_path_factory.mktemp("methods") / "run"
    study(read).run("14 networks", out=path, workers=2)
    return path


def test_a_rival_gets_as_many_trainings_and_is_chosen_on_validation(ended):
    assert trainings(ended) >= 14
    assert 0 <= trainings(ended / "rivals/fixed") - trainings(ended) < 4
    scores = [one for one in open_run(ended).scores if one.model == RIVAL]
    assert {one.split for one in scores} == {"valid", "test"}
    assert {one.role for one in scores} == {"rival"}
    said = " ".join(remarks(open_run(ended)))
    assert f"Other methods of search: {RIVAL}. It had as much training as the search" in said
    best = open_run(ended / "rivals/fixed")
    assert best.error("valid") == next(
        one.value for one in scores if (one.split, one.measure) == ("valid", "mae")
    )


@pytest.mark.parametrize("kind", [SearchStarted, Asked, Done])
def test_what_was_left_while_a_rival_searched_goes_on_to_the_same_end(ended, read, kind, tmp_path):
    path, seen = tmp_path / "run", []

    def leave(event):
        if isinstance(event, StageStarted) or seen:
            seen.append(event)
        if sum(isinstance(one, kind) for one in seen) == (1 if kind is SearchStarted else 5):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study(read).run("14 networks", out=path, on_event=leave)
    assert not (path / "result.toml").exists()
    assert _followed(path).stages[1].state != "done"
    resume(path, task=read)
    for folder in (".", "rivals/fixed"):
        assert _by_number(path / folder) == _by_number(ended / folder)
    assert [one.state for one in _followed(path).stages] == ["done"] * 3


def _followed(path):
    following = Following(path)
    list(following.look())
    return following


def _by_number(run):
    """Return what a journal says of candidates, sorted by number, without times."""
    lines = [line for line in read_journal(run / "journal.jsonl") if line.event in (ASKED, DONE)]
    kept = [{**line.light, "at": 0, "seconds": 0} for line in lines]
    return sorted(kept, key=lambda line: (line["number"], line["event"]))


def test_a_replay_repeats_the_rivals_too(ended, read):
    replayed = replay(ended, retrain=True, task=read)
    assert replayed.within["rivals/fixed"].n_asked == replayed.within["rivals/fixed"].n_done > 0
    assert replayed.trained is not None
    assert replayed.trained.is_same


def test_a_larger_budget_gives_the_rival_more_too(ended, read, tmp_path):
    path = shutil.copytree(ended, tmp_path / "run")
    before = trainings(path / "rivals/fixed")
    resume(path, "20 networks", task=read)
    assert trainings(path / "rivals/fixed") > before
    assert trainings(path / "rivals/fixed") >= trainings(path)


def test_a_link_in_the_place_of_a_rival_is_refused(read, tmp_path):
    path = tmp_path / "run"
    study(read, stages=STAGES[:1]).run("3 networks", out=path)
    other = tmp_path / "other"
    study(read).run("3 networks", out=other)
    shutil.rmtree(other / "rivals")
    (other / "rivals").symlink_to(path)
    with pytest.raises(RunError, match="is a link"):
        resume(other, "5 networks", task=read)


@pytest.mark.parametrize("how", [[], 3, None, {"effort_before": "much"}])
def test_a_journal_of_a_rival_that_cannot_be_is_named(ended, read, how, tmp_path):
    path = shutil.copytree(ended, tmp_path / "run")
    journal = path / "rivals/fixed/journal.jsonl"
    first, *others = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join([json.dumps({**json.loads(first), "how": how}) + "\n", *others]))
    with pytest.raises(RunError, match=r"rivals/fixed/journal\.jsonl: candidate 0 cannot be read"):
        resume(path, "20 networks", task=read)


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        (("fixde",), "'fixde'. Did you mean 'fixed'"),
        (("nodes",), "must search for a network, and 'nodes' searches for a tree"),
        (("ants",), "the study's own method"),
    ],
)
def test_rivals_that_cannot_be_are_refused(read, methods, message):
    stages = (SearchStage(), MethodsStage(methods=methods))
    with pytest.raises(ConfigError, match=message):
        study(read, AntSwarm(), stages)


def test_a_budget_of_trainings_counts_long_ones_by_their_length(read, tmp_path):
    assert Budget.parse("40 trainings") == Budget(trainings=40)
    assert str(Budget(trainings=1)) == "1 training"
    path = tmp_path / "run"
    method = FixedNetworks(("elman",), (1,), (2,), efforts=(1, 4), shares=(0.5, 0.5))
    study(read, method, STAGES[:1], "arrival").run("20 trainings", out=path)
    lines = [line for line in read_journal(path / "journal.jsonl") if line.event == ASKED]
    assert 20 <= trainings(path) < 24
    assert len(lines) < 20, "those of the second rung count as four"


def test_a_promotion_that_goes_on_is_worth_what_it_adds(evaluated):
    first = Candidate(0, None, effort=1)  # pyright: ignore[reportArgumentType]
    again = promoted(first, 1, evaluated(memory={}), 3)
    assert (first.n_trainings, again.n_trainings) == (1, 2)
    anew = promoted(first, 1, evaluated(memory=None), 3)
    assert anew.n_trainings == 3


@pytest.fixture
def evaluated(monkeypatch):
    monkeypatch.setattr(ledger, "trained", lambda genome, evaluation: genome)
    return lambda memory: Evaluation.succeeded(0.1, None, (1.0, 0.1), memory=memory)
