"""A search that begins with what another one has found."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cellcolony import open_run
from cellcolony.cells.known_trees import known_tree
from cellcolony.cli import main
from cellcolony.errors import ConfigError, RunError
from cellcolony.networks.train import predict
from cellcolony.runs.directory import remove_unbegun
from cellcolony.runs.replay.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.search.ants import AntSwarm
from cellcolony.search.examm import Examm
from cellcolony.search.methods import METHODS
from cellcolony.search.nodes import NodeEvolution, RacedNodes
from cellcolony.search.starts import network_of_start
from cellcolony.search.taps import Taps
from cellcolony.tasks.forecast import Forecast
from tests.runs import settings
from tests.runs.runs import journal, lines_of, scores

TAPS = Taps(cells=("simple", "gru"), most_width=4, most_layers=1)
EXAMM = Examm(n_islands=2, island_size=3, cells=("simple", "gru"), max_skip=48)
ABLE = {"taps": TAPS, "examm": EXAMM}
N = "8 networks"


@pytest.fixture(scope="module")
def first(read, tmp_path_factory):
    """A run to start from."""
    out = tmp_path_factory.mktemp("first") / "run"
    return settings.forecast(read, method=TAPS).run("12 networks", out=out)


def study(task, method, start_from, **more):
    return settings.forecast(task, method=method, start_from=start_from, **more)


def weights_of(config):
    return config.starts[0].genome.weights


def asked(path):
    return [line for line in lines_of(path) if line["event"] == "asked"]


def test_the_methods_that_can_are_those_that_vary_what_they_are_given():
    able = {name for name in METHODS.own_names() if METHODS[name].begin_with is not None}
    assert able == {"taps", "examm", "nodes", "raced-nodes"}


@pytest.mark.parametrize("name", ABLE)
def test_a_search_begins_with_the_best_network_of_another_run(read, first, name, tmp_path):
    out = tmp_path / "run"
    result = study(read, ABLE[name], [first.path]).run(N, out=out)
    how = asked(out)[0]["how"]
    assert how.get("made", how.get("operations", [None])[0]) == "start-from"
    assert how["from"] == f"{first.path}, network {first.chosen.number}"
    assert how["epochs_before"] == first.chosen.epochs
    done = next(line for line in lines_of(out) if line["event"] == "done" and line["number"] == 0)
    assert done["curve"][0] == pytest.approx(first.chosen.loss, rel=1e-4)  # with its weights
    assert result.chosen.loss <= done["loss"] <= first.chosen.loss * (1 + 1e-6)
    assert [line["how"].get("from") for line in asked(out)[1:]] == [None] * 7


@pytest.mark.parametrize("name", ABLE)
def test_it_is_resumed_and_replayed_to_the_bit_when_the_other_run_is_gone(
    read, first, name, tmp_path, often
):
    gone = tmp_path / "gone"
    shutil.copytree(first.path, gone)
    whole = study(read, ABLE[name], [gone]).run("12 networks", out=tmp_path / "whole")
    study(read, ABLE[name], [gone]).run("1 network", out=tmp_path / "run")
    shutil.rmtree(gone)
    for budget in ("5 networks", "12 networks"):
        result = resume(tmp_path / "run", budget)
    assert journal(tmp_path / "run") == journal(tmp_path / "whole")
    assert scores(result) == scores(whole)
    assert replay(tmp_path / "run").search is not None


def test_two_workers_search_as_one_does(read, first, tmp_path):
    for n in (1, 2):
        study(read, TAPS, [first.path]).run(N, out=tmp_path / f"{n}", workers=n)
    assert journal(tmp_path / "1") == journal(tmp_path / "2")


def test_columns_are_told_by_their_names(first, frame, tmp_path):
    moved = pd.DataFrame(
        {"new": np.arange(300) % 7, "other": frame["other"], "wave": frame["wave"]}
    )
    task = Forecast.from_frames(moved, ["wave"])
    out = tmp_path / "run"
    study(task, TAPS, [first]).run("1 network", out=out)
    start = open_run(out).config.starts[0]
    series = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    before = predict(first.best, series)
    wider = np.stack([np.ones(40, np.float32), series[:, 1], series[:, 0]], 1)
    now = network_of_start(
        start, open_run(out).config.problem, TAPS.cells, np.random.default_rng(0)
    )
    np.testing.assert_allclose(predict(now, wider), before, rtol=1e-5, atol=1e-6)
    done = next(line for line in lines_of(out) if line["event"] == "done")
    assert done["curve"][0] == pytest.approx(first.chosen.loss, rel=1e-3)


def test_a_network_of_other_columns_is_refused_with_what_differs(first, frame, tmp_path):
    renamed = Forecast.from_frames(frame.rename(columns={"wave": "level"}), ["level"])
    with pytest.raises(ConfigError, match="forecasts 'wave', and the search 'level'"):
        study(renamed, TAPS, [first]).run(N, out=tmp_path / "run")
    fewer = Forecast.from_frames(frame[["wave"]], ["wave"])
    reads = {node.name for node in first.best.inputs if node.id in first.best.live}
    if "other" in reads:
        with pytest.raises(ConfigError, match="reads 'other', which the search does not"):
            study(fewer, TAPS, [first]).run(N, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_network_of_another_cell_or_protocol_is_refused_with_the_cure(read, first, tmp_path):
    cells = {node.cell for node in first.best.nodes if node.kind == "hidden"}
    others = tuple({"mgu", "ugrnn"} - cells)
    if cells:
        with pytest.raises(ConfigError, match="Add it to --cells"):
            study(read, replace(TAPS, cells=others), [first]).run(N)
    training = replace(settings.TRAINING, output_cell="simple")
    with pytest.raises(ConfigError, match="Train by the protocol that it was trained by"):
        study(read, TAPS, [first], training=training).run(N)


def test_a_file_of_a_genome_is_started_from_with_the_weights_beside_it(read, first, tmp_path):
    folder = first.path / "champions" / str(first.chosen.number)
    config = study(read, TAPS, [folder / "genome.json"]).config
    np.testing.assert_array_equal(weights_of(config), first.best.weights)
    alone = tmp_path / "genome.json"
    shutil.copy(folder / "genome.json", alone)
    result = study(read, TAPS, [alone]).run("2 networks", out=tmp_path / "run")
    assert weights_of(result.config) is None
    assert asked(tmp_path / "run")[0]["how"]["epochs_before"] == 0


def test_what_is_given_twice_is_started_from_once(read, first):
    folder = first.path / "champions" / str(first.chosen.number)
    given = [first, str(first.path), folder / "genome.json", first.best]
    assert len(study(read, TAPS, given).config.starts) == 1


def test_a_number_behind_a_run_takes_so_many_of_its_best_with_their_weights(read, first, tmp_path):
    config = study(read, TAPS, [f"{first.path}:3"]).config
    starts = config.starts
    numbers = [int(start.origin.rsplit(" ", 1)[1]) for start in starts]
    assert numbers[0] == first.chosen.number
    assert len(set(numbers)) == 3
    losses = [first.history.verdict(number).loss for number in numbers]
    assert losses[1:] == sorted(losses[1:])
    assert weights_of(config) is not None
    out = tmp_path / "run"
    study(read, TAPS, [f"{first.path}:3"]).run("3 networks", out=out)
    for line in lines_of(out):
        if line["event"] == "done":  # trained on from where they were
            assert line["curve"][0] == pytest.approx(losses[line["number"]], rel=1e-4)
    for wrong in ("0", "101"):
        with pytest.raises(ConfigError, match=f"must be 1 to 100. Got .*:{wrong}"):
            study(read, TAPS, [f"{first.path}:{wrong}"])
    with pytest.raises(RunError, match="neither a run nor a genome"):
        study(read, TAPS, [f"{first.path}:many"])


def test_a_method_that_cannot_names_those_that_can(read, first):
    with pytest.raises(ConfigError, match=r"'ants' makes all .* Methods that can: examm, taps\."):
        study(read, AntSwarm(), [first])


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("nowhere", RunError, "neither a run nor a genome"),
        (3, ConfigError, "`start_from` must be a run directory"),
        (known_tree("gru"), ConfigError, "The search is for a network, and .* is a node"),
    ],
)
def test_what_cannot_be_started_from_is_an_error(read, given, error, message):
    with pytest.raises(error, match=message):
        study(read, TAPS, [given])


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "[",
        lambda text: text.replace('"epochs": ', '"epochs": -'),
        lambda text: text.replace('"rate": 1.0', '"rate": 2.0'),
        lambda text: json.dumps(json.loads(text) * 2),
        lambda text: text.replace('"weights": "', '"weights": "AAAA'),
    ],
)
def test_a_start_that_somebody_changed_is_refused(read, first, damage, tmp_path):
    out = tmp_path / "run"
    study(read, TAPS, [first]).run("2 networks", out=out)
    path = out / "start.json"
    path.write_text(damage(path.read_text()))
    for use in (open_run, resume, replay):
        with pytest.raises(RunError, match=r"start\.json"):
            use(out)
    path.unlink()
    with pytest.raises(RunError, match=r"start\.json"):
        open_run(out)


def test_controls_begin_as_ever(read, first, tmp_path):
    stages = (ControlStage(), ScoresStage())
    study(read, TAPS, [first], stages=stages).run("4 networks", out=tmp_path / "run")
    assert not (tmp_path / "run/control/start.json").exists()
    assert all("from" not in line["how"] for line in asked(tmp_path / "run/control"))


@pytest.mark.parametrize(
    "method",
    [replace(settings.NODES, bias=True), RacedNodes(efforts=(1, 2), shares=(0.5, 0.5))],
    ids=["nodes", "raced-nodes"],
)
def test_a_search_for_nodes_begins_with_a_node(text, method, tmp_path, no_training, often):
    tree = known_tree("lstm", bias=True)
    (tmp_path / "genome.json").write_text(json.dumps(tree.to_dict()))
    given = [tmp_path / "genome.json"]
    if isinstance(method, NodeEvolution):
        method = replace(method, grammar="gated", most_height=tree.height + 2)
    whole = settings.nodes(text, (settings.SEARCH,), method, start_from=given)
    whole.run("14 networks", out=tmp_path / "whole")
    first = asked(tmp_path / "whole")[0]
    assert first["how"]["operation"] == f"start-from {given[0]}"
    assert first["tree"]["tree"] == tree.text
    whole.run("3 networks", out=tmp_path / "run")
    given[0].unlink()
    resume(tmp_path / "run", "14 networks")
    assert journal(tmp_path / "run") == journal(tmp_path / "whole")
    again = settings.nodes(text, (settings.SEARCH,), method, start_from=[tmp_path / "whole"])
    assert again.config.starts[0].origin.startswith(f"{tmp_path / 'whole'}, node ")
    several = [f"{tmp_path / 'whole'}:4"]
    starts = settings.nodes(text, (settings.SEARCH,), method, start_from=several).config.starts
    assert starts[0] == again.config.starts[0]
    assert len({str(start.genome.to_dict()) for start in starts}) == 4


def test_a_node_that_the_search_cannot_hold_is_refused_with_the_cure(text, tmp_path):
    gru = known_tree("gru", bias=True)
    for method, cure in (
        (NodeEvolution(), "Search with --no-bias|Search with --bias"),
        (NodeEvolution(bias=True), "--grammar gated"),
        (NodeEvolution(bias=True, grammar="gated", most_height=4, start_height=2), "--most-height"),
    ):
        with pytest.raises(ConfigError, match=cure):
            settings.nodes(text, (settings.SEARCH,), method, start_from=[gru]).run("1 network")
    trees = [known_tree(name, bias=True) for name in ("gru", "lstm", "mgu")]
    few = NodeEvolution(population=2, bias=True, grammar="gated")
    with pytest.raises(ConfigError, match="Give fewer, or --population 3"):
        settings.nodes(text, (settings.SEARCH,), few, start_from=trees).run("1 network")


def test_the_command_starts_from_another_run(data, first, tmp_path, capsys):
    words = ["search", str(data), "--target", "wave", "--rivals", "persistence", "--workers", "1"]
    words += ["--budget", "3networks", "--out", str(tmp_path / "run"), "--protocol", "modern"]
    assert main([*words, "--start-from", str(first.path)]) == 0
    assert asked(tmp_path / "run")[0]["how"]["made"] == "start-from"
    assert main(["lineage", str(tmp_path / "run"), "0"]) == 0
    assert "start-from" in capsys.readouterr().out
    assert main([*words[:-4], "--method", "fixed", "--start-from", str(first.path)]) == 2
    assert "Methods that can: examm, taps." in capsys.readouterr().err


def test_what_a_kill_leaves_before_the_run_was_one_is_removed(read, first, tmp_path):
    out = tmp_path / "run"
    study(read, TAPS, [first]).run("1 network", out=out)
    for one in out.iterdir():
        if one.name not in ("champions", "start.json", "checkpoint.json"):
            shutil.rmtree(one) if one.is_dir() else one.unlink()
    for one in (out / "champions").iterdir():
        shutil.rmtree(one)
    remove_unbegun(out)
    assert not out.exists()
