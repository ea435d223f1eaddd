"""Searches within a study whose budget is a time: each gets that time, and several controls run."""

import json
import shutil
from typing import Any

import pytest

from cellcolony.errors import ConfigError
from cellcolony.runs.budget import Budget
from cellcolony.runs.directory import read_outcome
from cellcolony.runs.league import read_league
from cellcolony.runs.league.run import run_league
from cellcolony.runs.ledger import Order
from cellcolony.runs.open import open_run
from cellcolony.runs.repeat import repeat
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.methods import MethodsStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.runs.within import timed
from cellcolony.search.taps import Taps
from tests.runs.leagues import write_league
from tests.runs.settings import TRAINING

TAPS = Taps(cells=("simple",), most_width=4, linear_start=False)
STAGES = (
    SearchStage(), ControlStage(method="random,off"), MethodsStage(methods=("fixed",)),
    ScoresStage(),
)  # fmt: skip


def study(read, stages: Any = STAGES, order: Order = "arrival"):
    return Study.of(read, TAPS, training=TRAINING, stages=stages, seed=1, order=order)


@pytest.fixture(scope="module")
def ended(read, tmp_path_factory):
    path = tmp_path_factory.mktemp("timed") / "run"
    study(read).run("1s", out=path)
    return path


def test_controls_and_other_methods_get_the_time_of_the_search(ended):
    for folder in ("control", "control-off", "rivals/fixed"):
        found = read_outcome(ended / folder)
        assert found is not None
        assert (found.budget, found.reason) == ("1 s", "its time was up")


def test_every_control_stands_in_the_scores_as_one(ended):
    roles = {one.model: one.role for one in open_run(ended).scores}
    assert (roles["random search"], roles["search off"]) == ("control", "control")
    assert roles["tuned fixed network"] == "rival"


def test_the_control_that_is_off_proposes_openers_alone(ended):
    lines = (ended / "control-off" / "journal.jsonl").read_text().splitlines()
    made = {line["how"].get("made") for line in map(json.loads, lines) if line["event"] == "asked"}
    assert made <= {"opener", "openers", None}


def test_a_control_that_a_kill_has_cut_short_goes_on_and_the_others_are_left(ended, tmp_path):
    run = shutil.copytree(ended, tmp_path / "run")
    (run / "result.toml").unlink()
    (run / "control-off" / "result.toml").unlink()
    file = run / "control-off" / "journal.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[: len(lines) // 2]))
    before = (run / "control" / "journal.jsonl").read_bytes()
    resume(run)
    assert (run / "control" / "journal.jsonl").read_bytes() == before
    outcome = read_outcome(run / "control-off")
    assert outcome is not None
    assert outcome.reason == "its time was up"


def test_runs_with_more_seeds_stand_beside_those_that_have_ended(read, tmp_path):
    stages = SearchStage(), ControlStage(method="off")
    few = repeat(study(read, stages), 1, tmp_path / "runs", budget="0.5s")
    more = repeat(study(read, stages), 2, tmp_path / "runs", budget="0.5s")
    assert [one.config.seed for one in more] == [1, 2]
    assert more[0].outcome == few[0].outcome


def test_a_league_with_a_time_goes_on_with_the_seed_that_a_kill_has_left(tmp_path):
    file = write_league(tmp_path)
    league = read_league(
        file, TAPS, training=TRAINING, budget="0.5s", seeds=2, control="off", rivals=["ridge"]
    )
    run_league(league, tmp_path / "runs", only=["wave"])
    run = tmp_path / "runs" / "wave" / "seed-1"
    (run / "result.toml").unlink()
    assert run_league(league, tmp_path / "runs", only=["wave"]) == ()
    outcome = read_outcome(run)
    assert outcome is not None
    assert outcome.reason.startswith("its time was up")


def test_only_a_time_alone_is_given_on(read):
    config = study(read).config
    for budget in (Budget.parse("10 networks"), Budget.parse(["1s", "10 networks"])):
        assert timed(config, budget) == config
    strict = study(read, order="strict").config
    assert timed(strict, Budget.parse("1s")) == strict
    given = timed(config, Budget.parse("1s"))
    assert [getattr(one, "seconds", None) for one in given.stages] == [None, 1.0, 1.0, None]


@pytest.mark.parametrize(
    ("method", "message"),
    [("random,random", "each control once"), ("random,of", "Did you mean 'off'")],
)
def test_controls_that_cannot_be_are_refused(read, method, message):
    with pytest.raises(ConfigError, match=message):
        study(read, (SearchStage(), ControlStage(method=method)))
