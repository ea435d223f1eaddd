"""Studies of each kind that are repeated from their journals: nodes, one model, promotions."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from cellcolony.errors import RunError
from cellcolony.judges import JUDGES
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.schedule import Schedule
from cellcolony.runs import recorder
from cellcolony.runs.events import StageStarted, TrainedAgain
from cellcolony.runs.replay.items import ReplayedItems
from cellcolony.runs.replay.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.search.nodes import NodeEvolution
from tests.runs import settings

EVOLUTION = NodeEvolution(population=4, generations=2)
MODEL = ModelSettings(hidden=4, layers=1)
CANDIDATE, FINAL = (LanguageTraining(MODEL, Schedule(n, batch=8, steps=12)) for n in (1, 2))
STAGES = (
    settings.SEARCH,
    ControlStage(),
    CellsStage(cells=("lstm", "gru"), tuned=("gru",)),
    FinalsStage(training=FINAL, n_seeds=2),
    FinalScoresStage(),
)
THREADS = {"executor": "threads", "workers": 2}


@pytest.fixture(scope="module")
def copied(text, tmp_path_factory):
    """A whole search for nodes, and a copy of its directory at the beginning of each stage."""
    path, folder, copies = (
        tmp_path_factory.mktemp("nodes") / "run",
        tmp_path_factory.mktemp("on"),
        {},
    )

    def copy(event):
        if isinstance(event, StageStarted):
            copies[event.stage] = shutil.copytree(path, folder / event.stage)

    study = settings.nodes(text, STAGES, EVOLUTION, training=CANDIDATE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorder, "CANDIDATES", 3)
        patch.setattr(recorder, "SECONDS", 0.0)
        study.run(out=path, device="cpu", on_event=copy, **THREADS)
    return path, copies


@pytest.fixture(scope="module")
def ended(copied):
    return copied[0]


@pytest.fixture
def run(ended, tmp_path):
    """A copy that may be changed."""
    return shutil.copytree(ended, tmp_path / "run")


def lines_of(run):
    return [json.loads(line) for line in (run / "journal.jsonl").read_text().splitlines()]


def items_of(run, stage):
    return [line for line in lines_of(run) if line["event"] == "item" and line["stage"] == stage]


def change(run, stage, name, alter):
    """Change the item of a stage whose key begins with a name."""
    lines = lines_of(run)
    (found,) = [
        one for one in lines
        if one["event"] == "item" and one["stage"] == stage and one["key"].startswith(name)
    ]  # fmt: skip
    alter(found)
    (run / "journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_a_search_for_nodes_is_repeated_with_all_that_followed_it(ended):
    replayed = replay(ended)
    search, control = replayed.search, replayed.within["control"]
    assert search is not None
    for one in (search, control):
        assert (one.noun, one.n_asked, one.n_done, one.is_over) == ("node", 8, 8, True)
        assert one.front
    assert search.at_checkpoint
    assert replayed.items == (
        ReplayedItems("cells", 2 + 7, 0), ReplayedItems("finals", 2 * 5, 0),
        ReplayedItems("final-scores", len(items_of(ended, "final-scores")), 0),
    )  # fmt: skip
    assert replayed.n_finals == 10
    assert replayed.has_ended


def test_every_training_of_a_search_for_nodes_comes_out_the_same(ended):
    events = []
    trained = replay(ended, retrain=True, on_event=events.append, **THREADS).trained
    assert trained is not None
    assert not trained.different
    assert trained.is_same
    n_apart = sum(trained.apart.values())
    assert trained.n_same + n_apart == 8 + 8 + 9 + 10
    assert trained.n_finals == 10
    assert sum(isinstance(one, TrainedAgain) for one in events) == trained.n_same


def test_a_study_under_way_is_repeated_as_far_as_it_is(copied):
    _, copies = copied
    for stage, n_stages in (("control", 0), ("cells", 0), ("finals", 1), ("final-scores", 2)):
        replayed = replay(copies[stage])
        assert not replayed.has_ended
        assert replayed.search is not None
        assert replayed.search.is_over == (stage != "control")
        assert len(replayed.items) == n_stages
        assert not any(one.n_former for one in replayed.items)


def test_what_earlier_sessions_did_is_told_apart(text, run):
    resume(run, "3 generations", task=text, device="cpu", **THREADS)
    replayed = replay(run)
    by_stage = {one.stage: one for one in replayed.items}
    assert by_stage["cells"] == ReplayedItems("cells", 2 + 11, 0)
    done = items_of(run, "finals")
    assert by_stage["finals"].n_same == 10
    assert by_stage["finals"].n_former == len(done) - 10
    resume(run, epochs=4, task=text, device="cpu", **THREADS)
    by_stage = {one.stage: one for one in replay(run).items}
    assert by_stage["finals"] == ReplayedItems("finals", 10, len(done))


def rename(line):
    line["key"] = "another"


@pytest.mark.parametrize(
    ("stage", "name"),
    [("cells", "lstm 0"), ("finals", "lstm-seed-1"), ("final-scores", "lstm-seed-1")],
)
def test_an_item_that_no_stage_asks_for_is_named(run, stage, name):
    change(run, stage, name, rename)
    with pytest.raises(RunError, match=rf"`journal.jsonl.{stage}` \(there 'another', now nothing"):
        replay(run)


def test_an_item_that_is_missing_is_named(run):
    change(run, "cells", "lstm 0", lambda line: line.update(stage="finals"))
    with pytest.raises(RunError, match=r"`journal.jsonl.cells` \(there nothing, now 'lstm 0"):
        replay(run)


def test_items_of_a_stage_that_the_study_does_not_have_are_named(run):
    change(run, "final-scores", "lstm-seed-1", lambda line: line.update(stage="others"))
    (run / "result.toml").unlink()
    with pytest.raises(RunError, match=r"`journal.jsonl.others` \(there 1 items, now nothing"):
        replay(run)


@pytest.mark.parametrize("key", ["valid_loss", "epoch", "n_epochs", "n_weights"])
def test_a_changed_result_of_a_final_training_is_named(run, key):
    def alter(line):
        line["result"][key] += 1

    change(run, "finals", "lstm-seed-1", alter)
    with pytest.raises(RunError, match=rf"is not what .*: `finals\.lstm-seed-1\.{key}`"):
        replay(run)


def test_a_final_training_that_is_gone_is_named(run):
    shutil.rmtree(run / "finals" / "lstm-seed-1")
    with pytest.raises(RunError, match=r"`finals.lstm-seed-1` \(there nothing, now a training"):
        replay(run)


def test_another_model_in_a_final_training_is_named(run):
    shutil.copy(run / "finals" / "gru-seed-1" / "model.json", run / "finals" / "lstm-seed-1")
    with pytest.raises(RunError, match=r"`finals.lstm-seed-1.model"):
        replay(run)


def changed_weights(run):
    """Change the first weight of a final training, and return its name."""
    file = run / "finals" / "lstm-seed-1" / "weights.safetensors"
    tensors = {name: values.copy() for name, values in load_file(file).items()}
    name, values = next(iter(tensors.items()))
    values.flat[0] = np.nextafter(values.flat[0], np.float32(9))
    save_file(tensors, file)
    return name


def changed_score(run):
    """Change the score of a final training."""
    scores = run / "scores.csv"
    lines = scores.read_text().splitlines()
    place = next(i for i, one in enumerate(lines) if one.startswith("gru,rival,final,valid"))
    fields, header = lines[place].split(","), lines[0].split(",")
    fields[header.index("value")] = "7.5"
    lines[place] = ",".join(fields)
    scores.write_text("\n".join(lines) + "\n")


def test_changed_weights_a_verdict_on_a_rival_and_a_final_score_are_named_by_a_training(run):
    def alter(line):
        line["result"]["curve"][0] += 1e-12

    name = changed_weights(run)
    change(run, "cells", "lstm 0", alter)
    changed_score(run)
    trained = replay(run, retrain=True, **THREADS).trained
    assert trained is not None
    found = {what: one.place for what, one in trained.different.items()}
    assert found.pop("lstm as a candidate") == "curve.0"
    assert found.pop("lstm, seed 1").startswith(f"weights.{name}.0")
    assert not found
    assert trained.scores is not None
    assert trained.scores[:2] == ("scores.csv.final perplexity of gru, seed 1", "7.5")


@pytest.mark.parametrize("name", ["genome.json", "cell.json", "equations.tex"])
def test_a_changed_file_of_a_node_is_named(run, name):
    (champion, *_) = sorted((run / "champions").iterdir())
    file = champion / name
    file.write_text(file.read_text() + "\n")
    with pytest.raises(RunError, match=rf"`champions.{champion.name}.{name}`"):
        replay(run)
    file.unlink()
    with pytest.raises(RunError, match=rf"champions.{champion.name}.{name}"):
        replay(run)


def test_one_language_model_is_repeated(text, tmp_path):
    run = tmp_path / "run"
    settings.model(text).run(out=run, device="cpu")
    replayed = replay(run)
    assert replayed.search is None
    assert replayed.items == (ReplayedItems("finals", 1, 0), ReplayedItems("final-scores", 1, 0))
    assert replayed.n_finals == 1
    trained = replay(run, retrain=True).trained
    assert trained is not None
    assert (trained.n_same, trained.n_finals, trained.is_same) == (1, 1, True)
    curve = run / "finals" / "lstm-seed-3" / "curve.csv"
    curve.write_text("\n".join(curve.read_text().splitlines()[:-1]) + "\n")
    with pytest.raises(RunError, match=r"`finals.lstm-seed-3"):
        replay(run)


@pytest.fixture(scope="module")
def two_rungs():
    """A judge of another package."""
    from tests.plugins.colony_extras import two_rungs

    yield two_rungs.TwoRungs()
    JUDGES._members.pop("two-rungs")


@pytest.mark.parametrize("order", ["arrival", "strict"])
def test_promotions_of_a_judge_are_repeated_with_the_memory_they_go_on_from(
    read, two_rungs, often, tmp_path, order
):
    run = tmp_path / "run"
    once = replace(settings.ANTS, second_training=0)
    study = Study.of(
        read, once, training=settings.TRAINING, judge=two_rungs, order=order,
        stages=(SearchStage(window=4),),
    )  # fmt: skip
    study.run("24 networks", out=run, workers=2)
    promoted = [line for line in lines_of(run) if "promoted" in line.get("how", ())]
    assert promoted
    replayed = replay(run)
    assert replayed.search is not None
    assert replayed.search.n_done == 24
    assert replayed.search.at_checkpoint
    executor = "processes" if order == "strict" else "threads"
    trained = replay(run, retrain=True, workers=2, executor=executor).trained
    assert trained is not None
    assert trained.is_same
    assert trained.n_same + sum(trained.apart.values()) == 24
