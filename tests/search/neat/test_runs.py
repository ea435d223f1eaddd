"""Whole studies by NEAT and with judges that do not train: resumed, replayed, reported."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from cellcolony.judges.mrs import Screening
from cellcolony.networks.protocol import Protocol
from cellcolony.report.sections import contents
from cellcolony.report.terminal import report
from cellcolony.runs.open import open_run
from cellcolony.runs.replay.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.search.ants import AntSwarm
from cellcolony.search.neat import Neat
from cellcolony.tasks.forecast import Forecast

TASK = Forecast.demo()
NEAT = Neat(population=8, n_species=2)
ANTS = AntSwarm(n_ants=4, n_layers=1, n_nodes_per_layer=4, cells=("simple",), population=4)


def study(method: Any = NEAT, judge=None, rivals=False):
    stages = (SearchStage(window=3), *(
        (RivalsStage(names=("persistence", "GRU")), ScoresStage()) if rivals else ()
    ))  # fmt: skip
    return Study.of(
        TASK, method, training=Protocol(epochs=1), judge=judge, stages=stages, order="strict"
    )


def printed(run):
    text = io.StringIO()
    Console(file=text, width=200).print(report(contents(open_run(run), "final")))
    return text.getvalue()


def journal(run):
    lines = [json.loads(line) for line in (run / "journal.jsonl").read_text().splitlines()]
    for line in lines:
        for time in ("at", "seconds"):
            line.pop(time, None)
    return sorted(lines, key=lambda line: (line.get("number", -1), line["event"]))


def test_strict_order_gives_the_same_study_with_one_and_with_two_workers(tmp_path):
    for workers in (1, 2):
        study().run("3generations", out=tmp_path / str(workers), workers=workers)
    assert journal(tmp_path / "1") == journal(tmp_path / "2")
    assert sum(line["event"] == "done" for line in journal(tmp_path / "1")) == 24


@pytest.mark.parametrize(("method", "judge"), [(NEAT, None), (ANTS, Screening(draws=4))])
def test_a_study_that_is_resumed_ends_as_one_that_was_not_and_is_replayed(tmp_path, method, judge):
    study(method, judge).run("20 networks", out=tmp_path / "whole")
    study(method, judge).run("9 networks", out=tmp_path / "parts")
    resume(tmp_path / "parts", budget="20 networks")
    assert journal(tmp_path / "whole") == journal(tmp_path / "parts")
    found = replay(tmp_path / "parts", retrain=True)  # raises where the journal differs
    assert found.trained is not None
    assert found.trained.is_same, found.trained
    assert found.trained.n_same == 20


def test_the_report_says_that_evolution_made_the_weights_and_rivals_are_trained(tmp_path):
    result = study(rivals=True).run("2generations", out=tmp_path / "run")
    assert {one.epochs for one in result.scores if one.role == "evolved"} == {0}
    assert {one.epochs for one in result.scores if one.model.startswith("GRU")} == {1}
    text = printed(tmp_path / "run")
    assert "was not trained: its weights are as it was made" in text
    assert text.count("not trained") >= 3  # and in the tables of models and of the front


def test_the_front_of_a_screened_search_holds_validation_losses_alone(tmp_path):
    study(ANTS, Screening(draws=4, share=0.3)).run("20 networks", out=tmp_path / "run")
    lines = journal(tmp_path / "run")
    guides = {line["guide"] for line in lines if "guide" in line}
    promoted = [line for line in lines if "promoted" in line.get("how", {})]
    assert guides
    assert promoted
    front = open_run(tmp_path / "run").front
    by_number = {line["number"]: line for line in lines if line["event"] == "done"}
    for champion in front:
        assert champion.loss not in guides
        assert champion.loss in {line["loss"] for line in by_number.values()}
    assert front[-1].epochs == 1
    assert "not trained" in printed(tmp_path / "run") or all(one.epochs for one in front)
