"""Mixtures of the nodes of several searches, from the runs to the exports, really trained."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from cellcolony import cells
from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_value import digest_of
from cellcolony.cli import main
from cellcolony.errors import ConfigError, RunError
from cellcolony.judges.added import AddedFitness
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.mixture import Mixture
from cellcolony.layers.schedule import Schedule
from cellcolony.report.pictures import drawing_of
from cellcolony.runs.events import Done
from cellcolony.runs.mixing import PooledNode, diverse, mixing_study, nodes_of
from cellcolony.runs.open import open_run
from cellcolony.runs.replay.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.search.nodes import RacedNodes
from cellcolony.search.nodes.distance import distance
from tests.runs import settings
from tests.runs.runs import Nth, journal, killed, killing, same

TRAINING = LanguageTraining(
    ModelSettings(hidden=6, layers=1, like="gru"), Schedule(epochs=1, batch=4, steps=10)
)
NODES = RacedNodes(efforts=(1, 2), shares=(0.6, 0.4))
MIXED = {"groups": 4, "skips": True, "layers": 2, "top": 0.5, "n_diverse": 4}


def nodes(text, seed, path, **options):
    stages = (SearchStage(), FinalsStage(training=TRAINING), FinalScoresStage())
    study = settings.nodes(text, stages, NODES, training=TRAINING, seed=seed, **options)
    return study.run("8 networks", out=path, executor="threads")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two searches for nodes; never change them."""
    folder = tmp_path_factory.mktemp("nodes")
    text = settings.text_in(folder)
    for seed in (0, 1):
        nodes(text, seed, folder / f"node-{seed}")
    return [folder / "node-0", folder / "node-1"]


def mixed(runs, path=None, **options) -> Study:
    return mixing_study(runs, **{"order": "strict", **MIXED, **options})


@pytest.fixture(scope="module")
def run(runs, tmp_path_factory):
    """A study of mixtures; never change it."""
    path = tmp_path_factory.mktemp("mixed") / "run"
    return mixed(runs).run("8 networks", out=path, executor="threads")


def test_final_trainings_have_the_seeds_of_the_runs_or_as_many_as_one_says(runs):
    own = mixed(runs).config.stage("finals")
    assert isinstance(own, FinalsStage)
    more = mixed(runs, n_seeds=own.n_seeds + 2).config.stage("finals")
    assert isinstance(more, FinalsStage)
    assert (more.n_seeds, more.training) == (own.n_seeds + 2, own.training)
    with pytest.raises(ConfigError, match="`n_seeds` must be"):
        mixed(runs, n_seeds=0)


def test_everybody_is_compared_at_equal_weights(run):
    assert isinstance(run.best, Mixture)
    models = {one.model: one for one in run.models}
    rival = next(name for name in models if name.startswith("node "))
    names = {"evolved mixture", "random search", "mixture of LSTM and GRU", rival}
    assert names <= set(models)
    n_words = run.config.facts.n_vocabulary
    like = replace(TRAINING.model, layers=2).of(cells.get("gru"), n_words).n_weights
    for name in names:  # one unit of six more would be too much
        assert 0.7 * like < run.final(name).n_weights <= like
    assert all((models[name].value("test") or 0) > 1 for name in names)


def test_the_mixtures_are_made_of_the_runs_nodes_and_the_best_node_opens(run, runs):
    pool = nodes_of(runs, 0.5)
    known = {one.tree.text for one in pool}
    method = run.config.method
    assert len(method.pool) == 4
    assert {name.partition(":")[2] for name in method.pool} <= known
    assert method.pool[0].endswith(f":{pool[0].tree.text}")
    assert (method.n_layers, method.efforts) == (2, NODES.efforts)


def test_the_pool_is_distinct_and_the_best_of_each_run(runs):
    everybody = nodes_of(runs, 1.0)
    assert [one.loss for one in everybody] == sorted(one.loss for one in everybody)
    digests = [digest_of(one.tree) for one in everybody]
    assert len(set(digests)) == len(digests)
    few = nodes_of(runs, 0.01)
    assert 1 <= len(few) <= 2  # one of each, and both began with the same seeds
    assert few[0] == everybody[0]


def test_the_diverse_are_the_best_and_those_farthest_from_all_others():
    texts = ("tanh(z0)", "tanh(z1)", "tanh(add(z0, z1))", "gate(z0, h, tanh(mul(z1, z2)))")
    nodes = [
        PooledNode(Tree.from_dict({"tree": text}), float(i), Path(), i)
        for i, text in enumerate(texts)
    ]
    chosen = diverse(nodes, 2)
    apart = [sum(distance(a.tree, b.tree) for b in nodes) for a in nodes]
    assert [one.number for one in chosen] == [0, int(np.argmax(apart[1:])) + 1]
    assert diverse(nodes, 9) == nodes


def test_a_study_that_is_killed_in_its_control_goes_on_to_the_same_end(run, runs, tmp_path):
    path = tmp_path / "killed"
    here = killing(Nth(Done, 12))
    with killed():
        mixed(runs).run("8 networks", out=path, executor="threads", on_event=here)
    same(resume(path, executor="threads"), run)


def test_it_replays_to_the_same_state(run):
    replayed = replay(run.path)
    assert replayed.has_ended
    assert set(replayed.within) == {"control", "control-known"}


def test_it_is_drawn_and_shown(run, capsys):
    drawing = drawing_of(run)
    assert drawing.startswith("<svg")
    assert "embedding" in drawing
    assert main(["show", str(run.path)]) == 0
    assert f"Mixture {run.chosen.number}: " in capsys.readouterr().out


def test_the_command_mixes(runs, tmp_path, capsys):
    out = tmp_path / "mix"
    words = ["mix", *map(str, runs), "--top", "50%", "--diverse", "3", "--networks", "3"]
    words += ["--groups", "4", "--no-control", "--workers", "1", "--executor", "threads"]
    assert main([*words, "--observe", "tensorboard", "--out", str(out)]) == 0
    assert isinstance(open_run(out).best, Mixture)
    assert not (out / "control").exists()
    assert any((out / "tensorboard").iterdir())
    for bad in ("ten", "10%%", "10%x"):
        assert main([*words[:4], bad, "--out", str(tmp_path / "no")]) == 2
        assert "must be a share of the nodes: 10% or 0.1" in capsys.readouterr().err


def test_the_command_is_led_by_what_mixtures_add_to_an_ensemble(runs, tmp_path, capsys):
    ensemble, out = tmp_path / "ensemble", tmp_path / "mix"
    assert main(["ensemble", str(runs[0]), "--device", "cpu", "--out", str(ensemble)]) == 0
    words = ["mix", *map(str, runs), "--top", "50%", "--diverse", "3", "--networks", "4"]
    words += ["--groups", "4", "--no-control", "--workers", "1", "--executor", "threads"]
    assert main([*words, "--ensemble", str(ensemble), "--diversity", "2", "--out", str(out)]) == 0
    judge = open_run(out).config.judge
    assert isinstance(judge, AddedFitness)
    assert judge.diversity == 2
    done = [one for one in journal(out) if one["event"] == "done"]
    assert done
    assert all(one["guide"] != one["loss"] for one in done)
    capsys.readouterr()
    assert main([*words, "--diversity", "2", "--out", str(tmp_path / "no")]) == 2
    assert "give --ensemble" in capsys.readouterr().err


def test_runs_that_cannot_be_mixed_are_refused(runs, run, tmp_path):
    with pytest.raises(RunError, match="is no search for nodes, but for a mixture"):
        nodes_of([runs[0], run.path])
    with pytest.raises(ConfigError, match="`top` must be above 0"):
        nodes_of(runs, 0.0)
    with pytest.raises(ConfigError, match="Got none"):
        nodes_of([])
    with pytest.raises(ConfigError, match="needs two different nodes at least"):
        mixed(runs[:1], top=0.01)
    with pytest.raises(ConfigError, match="needs two different nodes at least"):
        mixed(runs, n_diverse=1)
    other = tmp_path / "other"
    shutil.copytree(runs[1], other)
    config = (other / "config.toml").read_text()
    (other / "config.toml").write_text(config.replace("hidden = 6", "hidden = 7"))
    with pytest.raises(RunError, match="searched by another training"):
        nodes_of([runs[0], other])
