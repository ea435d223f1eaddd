"""Damaged directories of language models end in our own error, which names the file."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportOptionalIterable=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportCallIssue=false, reportMissingImports=false
# What may be None is not where a test reads it, or the test fails.

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from cellcolony.runs.language.stored import open_language_run
from safetensors.numpy import save

from cellcolony.errors import RunError
from tests.runs.language.trainings import task_in, trained

pytest.importorskip("torch")

from cellcolony.runs.language.generate import generate
from cellcolony.runs.language.session import resume_language_model
from cellcolony.runs.language.state import read_state, write_state


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    trained(task_in(folder), folder / "run", optimizer="adam", epochs=1)
    return folder / "run"


@pytest.fixture
def run(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "run")


def change(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize("file", ["config.toml", "model.json", "vocabulary.json", "curve.csv",
                                  "weights.safetensors", "result.toml"])  # fmt: skip
@pytest.mark.parametrize("content", [b"\xff\xff\xff\xff\xff\xff\xff\xff", b"[" * 10_000, b"{}\n"])
def test_files_of_nonsense_are_refused_by_name(run, file, content):
    (run / file).write_bytes(content)
    with pytest.raises(RunError, match=file):
        open_language_run(run)


@pytest.mark.parametrize("file", ["config.toml", "model.json", "vocabulary.json"])
def test_missing_files_pipes_and_links_that_lead_out_are_refused(run, tmp_path, file):
    secret = tmp_path / "secret"
    shutil.move(run / file, secret)
    with pytest.raises(RunError, match=file):
        open_language_run(run)
    (run / file).symlink_to(secret)
    with pytest.raises(RunError, match="leads out"):
        open_language_run(run)
    (run / file).unlink()
    os.mkfifo(run / file)
    with pytest.raises(RunError, match=file):
        open_language_run(run)


@pytest.mark.parametrize(
    "words", [{}, [1, 2], ["a"], ["a", "a", "<unk>"], ["a", "b"], [None], "text"]
)
def test_a_vocabulary_that_does_not_fit_is_refused(run, words):
    (run / "vocabulary.json").write_text(json.dumps(words))
    with pytest.raises(RunError, match=r"vocabulary\.json: the model cannot be read"):
        open_language_run(run)


@pytest.mark.parametrize(
    "changes", [{"n_words": 10**9}, {"layers": 3}, {"bound": "x"}, {"dropout": {"forward": 2.0}}]
)
def test_a_model_that_cannot_be_is_refused(run, changes):
    change(run / "model.json", **changes)
    with pytest.raises(RunError, match="the model cannot be read"):
        open_language_run(run)


@pytest.mark.parametrize("n_units", [7, 90_000])
def test_a_model_of_another_size_than_its_weights_is_refused_before_it_is_made(run, n_units):
    model = json.loads((run / "model.json").read_text())
    model["layers"][0][0]["n_units"] = n_units
    (run / "model.json").write_text(json.dumps(model))
    with pytest.raises(RunError, match=r"the model has .* weights, and there are"):
        generate(open_language_run(run))
    with pytest.raises(RunError, match=r"checkpoint\.json: the model has .* weights, and there"):
        resume_language_model(run, 2)


@pytest.mark.parametrize("change_of", ["cell", "dropout"])
def test_another_model_of_as_many_weights_is_refused(run, change_of):
    model = json.loads((run / "model.json").read_text())
    if change_of == "cell":
        cell = json.dumps(model["layers"][0][0]["cell"])
        assert '"tanh"' in cell
        model["layers"][0][0]["cell"] = json.loads(cell.replace('"tanh"', '"sigmoid"'))
    else:
        model["dropout"]["forward"] = 0.25
    (run / "model.json").write_text(json.dumps(model))
    open_language_run(run)
    with pytest.raises(RunError, match=r"model\.json is not as the run was begun"):
        resume_language_model(run, 2)


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (lambda bias: bias + np.nan, "not finite"),
        (lambda bias: bias.astype(np.float64), "must be float32"),
        (lambda bias: bias[None], "must be float32"),
        (lambda bias: bias[:-1], "the model has"),
        (
            lambda bias: np.full_like(bias, 3e38) * np.sign(np.arange(len(bias)) % 2 - 0.5),
            "float32",
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused(run, harm, what):
    result = open_language_run(run)
    weights = dict(result.weights)
    weights["bias"] = harm(weights["bias"])
    (run / "weights.safetensors").write_bytes(save(weights))
    with pytest.raises(RunError, match=what) as caught:
        generate(open_language_run(run))
    assert str(run) in str(caught.value)


def test_weights_of_other_names_are_refused(run):
    weights = dict(open_language_run(run).weights)
    weights["x" * 10_000] = weights.pop("bias")
    (run / "weights.safetensors").write_bytes(save(weights))
    with pytest.raises(RunError, match="the weights have the names"):
        generate(open_language_run(run))


def test_weights_whose_scores_overflow_are_refused(run):
    weights = {
        name: np.full_like(one, 3e38) for name, one in open_language_run(run).weights.items()
    }
    (run / "weights.safetensors").write_bytes(save(weights))
    with pytest.raises(RunError, match="scores overflow"):
        generate(open_language_run(run))


def test_a_curve_without_failures_is_one_of_old(run):
    path, now = run / "curve.csv", open_language_run(run)
    lines = [line.rpartition(",")[0] for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines) + "\n")
    assert open_language_run(run).epochs == now.epochs


def test_a_field_beyond_the_limit_is_refused_by_name(run):
    path = run / "curve.csv"
    path.write_text(path.read_text().rstrip("\n") + "x" * 140_000 + "\n")
    with pytest.raises(RunError, match=r"curve\.csv: the learning curve cannot be read"):
        open_language_run(run)


def test_a_truncated_checkpoint_is_refused_by_name(run):
    (arrays,) = run.glob("checkpoint-*.safetensors")
    content = arrays.read_bytes()
    arrays.write_bytes(content[:-8])
    with pytest.raises(RunError, match=rf"checkpoint\.json: .*{arrays.name}"):
        resume_language_model(run, 2)
    arrays.write_bytes(content)
    text = (run / "checkpoint.json").read_text()
    (run / "checkpoint.json").write_text(text[: len(text) // 2])
    with pytest.raises(RunError, match=r"checkpoint\.json: the checkpoint cannot be read"):
        resume_language_model(run, 2)


@pytest.mark.parametrize(
    ("old", "new"),
    [("seed = 3", "seed = 4"), ("batch = 4", "batch = 5"), ("decay = 0.5", "decay = 0.25"),
     ("dropout = 0.3", "dropout = 0.4")],
)  # fmt: skip
def test_settings_that_changed_are_refused_by_name(run, old, new):
    config = run / "config.toml"
    assert old in config.read_text()
    config.write_text(config.read_text().replace(old, new))
    with pytest.raises(RunError, match=rf"config\.toml is not as .*{old.split()[0]}"):
        resume_language_model(run, 2)


@pytest.mark.parametrize(
    ("old", "new"),
    [("seed = 3", "seed = -1"), ("batch = 4", "batch = 0"), ("batch = 4", "batch = nan"),
     ("format = 1", "format = 2"), ("hidden = 6", 'hidden = "six"'),
     ("hidden = 6", "hiden = 6"), ("tied = false", "tied = 0")],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(run, old, new):
    config = run / "config.toml"
    assert old in config.read_text()
    config.write_text(config.read_text().replace(old, new))
    with pytest.raises(RunError, match=r"config\.toml: the settings cannot be read"):
        open_language_run(run)


def test_a_checkpoint_of_other_values_is_refused(run):
    config = open_language_run(run).config
    state = read_state(run, config)
    for other in (
        replace(state, weights={**state.weights, "bias": "text"}),
        replace(state, weights={}),
        replace(state, epochs=()),
        replace(state, optimizer={}),
        replace(state, optimizer={**state.optimizer, "99": state.optimizer["0"]}),
        replace(state, optimizer={**state.optimizer, "0": {}}),
        replace(state, optimizer={**state.optimizer, "0": state.optimizer["2"]}),
        replace(state, best={"bias": np.zeros(3)}),
    ):
        write_state(run, config, other)
        with pytest.raises(RunError, match=r"checkpoint\.json"):
            resume_language_model(run, 2)
