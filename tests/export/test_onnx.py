"""ONNX models give what this program predicts, in a runtime that knows nothing of it."""

from __future__ import annotations

import builtins
import json
from dataclasses import replace

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.errors import ConfigError
from cellcolony.export import write
from cellcolony.export.exportable import DenseLayer, TrainedLanguageModel
from cellcolony.layers.architecture import Architecture
from cellcolony.layers.kinds import kind_of
from cellcolony.layers.layer import Group, Layer, layer_of
from cellcolony.layers.mogrifier import Mogrifier
from cellcolony.layers.shapes import weight_shapes
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.runs.live import LiveStepper
from cellcolony.tasks.text.vocabulary import Vocabulary
from tests.export.cases import HOSTILE, Case, assert_close, case, case_of_cell, random_case
from tests.layers.oracle import CELLS, mixture
from tests.layers.oracle import Case as LayerCase

pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
runtime.set_default_logger_severity(3)


def session(path):
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def row_by_row(step, rows, state):
    """Return the forecasts of rows, and the state after them."""
    found = []
    for row in rows:
        forecast, outputs, memories = step.run(None, {"row": row, **state})
        state = {"outputs": outputs, "memories": memories}
        found.append(forecast)
    return np.array(found), state


def assert_gives_what_this_program_predicts(it: Case, path):
    series, step = map(session, it.write("onnx", path / "model.onnx"))
    rows = it.rows(120)
    own = LiveStepper(it.network, it.transform, it.residual)
    given, expected = rows[list(own.columns)].to_numpy(), it.expected(rows)
    forecasts, outputs, memories = series.run(None, {"rows": given})
    assert_close(forecasts, expected)
    first, *state = series.run(None, {"rows": given[:50]})
    second, after = row_by_row(step, given[50:], dict(zip(own.state(), state, strict=True)))
    np.testing.assert_array_equal(np.concatenate([first, second]), forecasts)
    np.testing.assert_array_equal(after["outputs"], outputs)
    np.testing.assert_array_equal(after["memories"], memories)
    own.load(after)  # the same arrays as everywhere
    assert {name: one.shape for name, one in own.state().items()} == {
        name: one.shape for name, one in after.items()
    }


@pytest.mark.parametrize("seed", range(8))
def test_series_and_steps_of_a_random_network_give_what_this_program_predicts(seed, tmp_path):
    assert_gives_what_this_program_predicts(random_case(seed), tmp_path)


@pytest.mark.parametrize("name", [*cells.names(), "node:mul(z0, tanh(add(c, z1)>c))"])
def test_every_cell_gives_what_this_program_predicts(name, tmp_path):
    assert_gives_what_this_program_predicts(case_of_cell(name), tmp_path)


def test_large_offsets_lose_no_digits(tmp_path):
    network = fixed_network(["gru"], 1, 1, output_cell="linear")
    it = case(draw_weights(network, np.random.default_rng(0)), False)
    it.transform.input_scaling.offset[:] = 1e9
    rows = it.rows(10)
    rows["column 0"] += 1e9
    found = session(it.write("onnx", tmp_path)[0]).run(
        None, {"rows": rows[["column 0"]].to_numpy()}
    )
    assert_close(found[0], it.expected(rows))


def test_the_metadata_say_which_columns_are_read_and_predicted(tmp_path):
    network = fixed_network(["mgu"], len(HOSTILE), 1)
    it = case(draw_weights(network, np.random.default_rng(0)), True, HOSTILE)
    for path in it.write("onnx", tmp_path):
        told = session(path).get_modelmeta().custom_metadata_map
        assert json.loads(told["columns"]) == list(HOSTILE)
        assert json.loads(told["targets"]) == [HOSTILE[0]]
        assert json.loads(told["horizon"]) == 2


LAYERS = [*(layer_of(cell, 5) for cell in CELLS[-9:]), mixture(2, 3, 1, 2, 2)]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.groups[0].cell.name)
def test_a_layer_gives_what_the_layer_itself_gives_in_parts_too(layer, tmp_path):
    it = LayerCase(layer, seed=1)
    expected, last = it.expected()
    (path,) = write(DenseLayer(layer, it.weights), "onnx", tmp_path)
    model = session(path)
    given = {"y_0": np.float32(it.state.y), "memory_0": np.float32(it.state.memory)}
    y, *state = model.run(None, {"x": np.float32(it.x), **given})
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state[1], last.memory, rtol=1e-4, atol=1e-5)
    first, *between = model.run(None, {"x": np.float32(it.x[:2]), **given})
    given = dict(zip(given, between, strict=True))
    second, *after = model.run(None, {"x": np.float32(it.x[2:]), **given})
    np.testing.assert_array_equal(np.concatenate([first, second]), y)
    for one, other in zip(after, state, strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_of_a_layer_that_is_not_trained_are_given_to_the_model(tmp_path):
    it = LayerCase(layer_of(cells.get("lstm"), 3), seed=2)
    model = session(write(DenseLayer(it.layout.layer), "onnx", tmp_path / "blank.onnx")[0])
    x, y, memory = map(np.float32, (it.x, it.state.y, it.state.memory))
    weights = zip(("weights_x", "weights_h", "params"), map(np.float32, it.weights), strict=True)
    found, *_ = model.run(None, {"x": x, "y_0": y, "memory_0": memory, **dict(weights)})
    model = session(write(DenseLayer(it.layout.layer, it.weights), "onnx", tmp_path)[0])
    kept, *_ = model.run(None, {"x": x, "y_0": y, "memory_0": memory})
    np.testing.assert_array_equal(found, kept)


MIXED = Layer((Group(cells.get("lstm"), 3), Group(cells.get("nascell"), 2)))


def test_weights_of_a_deep_layer_that_is_not_trained_are_given_to_the_model(tmp_path):
    layer = replace(kind_of("rhn-2").with_units(3), mogrifier=Mogrifier(2, 1))
    model = session(write(DenseLayer(layer), "onnx", tmp_path / "blank.onnx")[0])
    rng = np.random.default_rng(0)
    shapes = weight_shapes(layer, 4)
    given = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    assert {one.name for one in model.get_inputs()} == {"x", "y_0", "memory_0", *given}
    x, y = rng.normal(size=(5, 2, 4)).astype(np.float32), np.zeros((2, 3), np.float32)
    found, *_ = model.run(None, {"x": x, "y_0": y, "memory_0": y[:, :0], **given})
    torch = pytest.importorskip("torch")
    from cellcolony.layers.model import module_of

    own = module_of(layer, 4, rng)
    own.load_state_dict({name: torch.from_numpy(one) for name, one in given.items()})
    wanted = own(torch.from_numpy(x))[0].detach()
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("tied", "embedding", "skips", "cutoffs"),
    [
        (False, None, (), ()),
        (True, None, (), ()),
        (True, 3, (), (1, 4)),
        (False, 5, ((0, 2),), ()),
        (False, None, (), (3,)),
    ],
)
@pytest.mark.parametrize(
    "lower",
    [
        MIXED,
        kind_of("rhn-3").with_units(5),
        replace(MIXED, mogrifier=Mogrifier(3)),
        replace(MIXED, depth=2, mogrifier=Mogrifier(2, 1)),
    ],
)
def test_a_language_model_gives_the_same_scores_word_by_word_too(
    lower, tied, embedding, skips, cutoffs, tmp_path
):
    torch = pytest.importorskip("torch")

    layers = lower, layer_of(cells.get("gru"), 4)
    architecture = Architecture(7, layers, tied, embedding=embedding, skips=skips, cutoffs=cutoffs)
    rng = np.random.default_rng(0)
    weights = {
        "embedding": rng.normal(size=(7, architecture.n_embedding)),
        "bias": rng.normal(size=7),
    }
    if not tied:
        weights["softmax"] = rng.normal(size=(7, 4))
    if cutoffs:
        weights["tails"] = rng.normal(size=(len(cutoffs), architecture.n_scored))
        weights["bias_of_tails"] = rng.normal(size=len(cutoffs))
    if architecture.is_projected:
        weights["projection"] = rng.normal(size=(embedding, 4))
    for i, (layer, n) in enumerate(zip(architecture.layers, architecture.widths, strict=False)):
        for name, shape in weight_shapes(layer, n).items():
            weights[f"layers.{i}.{name}"] = rng.normal(size=shape)
    weights = {name: one.astype(np.float32) for name, one in weights.items()}
    it = TrainedLanguageModel(architecture, weights, Vocabulary(tuple("abcdefg")), "words")
    path, words = write(it, "onnx", tmp_path)
    assert json.loads(words.read_text()) == list("abcdefg")
    model, numbers = session(path), np.arange(7)[:, None]
    state = {one.name: np.zeros((1, one.shape[1]), np.float32) for one in model.get_inputs()[1:]}
    scores, *_ = model.run(None, {"numbers": numbers, **state})
    ours = it.module()
    hidden, _ = ours(torch.tensor(numbers), ours.zeros(1))
    expected = hidden @ ours.output_weights.T + ours.bias
    if cutoffs:
        expected = ours.log_probabilities(hidden)
    np.testing.assert_allclose(scores, expected.detach().numpy(), rtol=1e-4, atol=1e-5)
    for number, wanted in zip(numbers, scores, strict=True):
        found, *after = model.run(None, {"numbers": number[None], **state})
        state = dict(zip(state, after, strict=True))
        np.testing.assert_allclose(found[0], wanted, rtol=1e-5, atol=1e-6)


def test_without_the_package_the_extra_is_named(tmp_path, monkeypatch):
    importing = builtins.__import__

    def without(name, *rest):
        if name.partition(".")[0] == "onnx":
            raise ImportError(name)
        return importing(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"pip install 'cellcolony\[onnx\]'"):
        random_case(1).write("onnx", tmp_path)
    assert not list(tmp_path.iterdir())
