"""What is exported of each kind of study, and the registry of formats."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from cellcolony.errors import ConfigError, RunError
from cellcolony.export import EXPORTS, Format, export, write
from cellcolony.export.exportable import (
    DenseLayer,
    ForecastNetwork,
    TrainedLanguageModel,
    exportable_of,
)
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.runs.open import open_run
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from tests.export.cases import assert_close, load, random_case
from tests.runs.conftest import frame, no_training, task, text  # noqa: F401
from tests.runs.settings import CANDIDATE, MODEL, NODES, SCHEDULE, SEARCH, forecast, nodes

TRAINING = LanguageTraining(MODEL, replace(SCHEDULE, epochs=1))


@pytest.fixture(scope="module")
def forecast_run(tmp_path_factory, task):  # noqa: F811
    path = tmp_path_factory.mktemp("forecast") / "run"
    forecast(task).run("8 networks", out=path)
    return open_run(path)


@pytest.fixture(scope="module")
def node_run(tmp_path_factory, text):  # noqa: F811
    """A search for nodes with final trainings."""
    pytest.importorskip("torch")
    path = tmp_path_factory.mktemp("nodes") / "run"
    stages = (
        SEARCH, CellsStage(cells=("lstm",)), FinalsStage(training=TRAINING, n_seeds=2),
        FinalScoresStage(),
    )  # fmt: skip
    method = replace(NODES, population=4, generations=2)
    nodes(text, stages, method, training=TRAINING).run(out=path, executor="threads", device="cpu")
    return open_run(path)


def test_all_formats_are_known():
    assert EXPORTS.names() == ("c", "c-int16", "latex", "numpy", "onnx", "torch")


@pytest.mark.parametrize("number", [None, 0])
def test_of_a_forecast_the_best_network_or_another_is_exported(
    forecast_run, frame, tmp_path, number  # noqa: F811
):  # fmt: skip
    chosen = forecast_run.champion(None if number is None else forecast_run.front[0].number)
    given = None if number is None else chosen.number
    (source,) = export(forecast_run, "numpy", tmp_path, number=given)
    module = load(source)
    predicted = module.predict(frame[module.COLUMNS].to_numpy())
    assert_close(predicted, forecast_run.predict(frame, chosen.number).to_numpy())
    found = exportable_of(forecast_run, number=given)
    assert isinstance(found, ForecastNetwork)
    assert found.network.n_weights == chosen.network.n_weights


def test_of_final_trainings_the_winner_is_exported_or_the_one_that_is_named(node_run, tmp_path):
    finals = [
        one
        for one in node_run.scores
        if one.stage == "final" and one.split == "valid" and one.seed is not None
    ]
    best = min(finals, key=lambda one: one.value)
    for given, wanted in (({}, best), *(({"model": o.model, "seed": o.seed}, o) for o in finals)):
        found = exportable_of(node_run, **given)
        assert isinstance(found, TrainedLanguageModel)
        own = node_run.final(wanted.model, wanted.seed)
        assert found.architecture == own.architecture
        for name, weights in own.weights.items():
            np.testing.assert_array_equal(found.weights[name], weights)
    assert len(export(node_run, "torch", tmp_path)) == 3
    words = json.loads((tmp_path / "model.json").read_text("utf-8"))
    assert words == json.loads((node_run.path / "vocabulary.json").read_text("utf-8"))
    with pytest.raises(RunError, match="no final training of 'gru'"):
        exportable_of(node_run, model="gru")


def test_a_node_of_the_front_is_exported_without_weights(node_run, tmp_path):
    torch = pytest.importorskip("torch")
    champion = node_run.front[0]
    (source,) = export(node_run, "torch", tmp_path, number=champion.number)
    layer = load(source).RecurrentLayer(3)
    y, _ = layer(torch.zeros(5, 2, 3))
    assert y.shape == (5, 2, MODEL.hidden)


def test_without_final_trainings_the_best_node_is_exported(text, no_training, tmp_path):  # noqa: F811
    result = nodes(text, (SEARCH,)).run()
    found = exportable_of(result)
    assert isinstance(found, DenseLayer)
    (group,) = found.layer.groups
    cell = result.best.to_cell(f"node {result.chosen.number}")
    assert (group.cell, group.n_units) == (cell, CANDIDATE.model.hidden)
    assert export(result, "torch", tmp_path / "node.py") == (tmp_path / "node.py",)
    (written,) = export(result, "latex", tmp_path)
    assert written == tmp_path / "model.tex"
    assert "\\[\n\\begin{aligned}" in written.read_text("utf-8")
    with pytest.raises(RunError, match="no final training of 'lstm'"):
        export(result, "torch", tmp_path, model="lstm")


def test_what_a_format_cannot_write_is_refused_and_others_are_named(node_run, tmp_path):
    with pytest.raises(ConfigError, match=r"a trained language model\. Formats that can: la"):
        export(node_run, "numpy", tmp_path)
    with pytest.raises(ConfigError, match=r"node without a final training\. Formats that can: l"):
        export(node_run, "numpy", tmp_path, number=node_run.chosen.number)
    assert not list(tmp_path.iterdir())


def test_choices_that_do_not_fit_a_study_are_refused(forecast_run, node_run, tmp_path):
    with pytest.raises(ConfigError, match="a forecast has none"):
        export(forecast_run, "numpy", tmp_path, model="GRU")
    with pytest.raises(RunError, match="no network 999"):
        export(forecast_run, "numpy", tmp_path, number=999)
    with pytest.raises(ConfigError, match="has no `model`"):
        export(node_run, "torch", tmp_path, model="lstm", number=0)


def test_equations_of_a_network_are_those_of_its_cells(tmp_path):
    it = random_case(5)
    (written,) = it.write("latex", tmp_path / "cells.tex")
    tex = written.read_text("utf-8")
    used = {node.cell for node in it.network.nodes if node.kind != "input"}
    assert tex.count("\\begin{aligned}") == len(used)
    assert all(f"% {cell}\n" in tex for cell in used)


def test_a_format_is_one_record_and_writes_what_it_says(monkeypatch, tmp_path):
    it = random_case(1)
    sizes = Format(".txt", "", {ForecastNetwork: lambda what, name: {
        ".txt": f"{name}: {what.network.n_weights}", ".bin": b"1"}})  # fmt: skip
    monkeypatch.setitem(EXPORTS._members, "sizes", sizes)
    assert it.write("sizes", tmp_path / "a.txt") == (tmp_path / "a.txt", tmp_path / "a.bin")
    assert (tmp_path / "a.txt").read_text() == f"a: {it.network.n_weights}"
    with pytest.raises(ConfigError, match="Formats that can: latex, onnx, torch"):
        write(DenseLayer(None), "sizes", tmp_path)  # pyright: ignore[reportArgumentType]


def test_a_file_is_written_whole_or_not_at_all(monkeypatch, tmp_path):
    it = random_case(1)
    it.write("torch", tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(RunError, match="No space left"):
        random_case(2).write("torch", tmp_path)
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {name: after[name] for name in before} == before
