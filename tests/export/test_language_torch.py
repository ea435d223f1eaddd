"""A language model as source: the same scores without this program."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from cellcolony.errors import ConfigError
from cellcolony.export import export, write
from cellcolony.export.exportable import TrainedLanguageModel
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.mixture import Mixture
from cellcolony.layers.model import LanguageModel
from cellcolony.report.blocks import Paragraph
from cellcolony.report.sections.equations import equations
from cellcolony.tasks.language import Language
from cellcolony.tasks.text.vocabulary import Vocabulary
from tests.runs.settings import model

TEXT = "the ant walks home\nthe cell opens its gate\nthe ant opens the cell\n" * 12

ALONE = """
import sys
sys.modules["cellcolony"] = None
import numpy as np
for folder in sys.argv[1:]:
    sys.path.insert(0, folder)
    from model import load
    model, words = load()
    import torch
    numbers = torch.arange(len(words))[:, None]
    first, state = model(numbers[:4])
    second, _ = model(numbers[4:], state)
    np.save(folder + "/scores.npy", torch.cat([first, second]).detach().numpy())
    sys.path.remove(folder)
    del sys.modules["model"]
"""

MODELS = (
    (("lstm", "nascell"), ModelSettings(5, 2)),
    (("lstm", "nascell"), ModelSettings(5, 2, tied=True)),
    (("lstm", "nascell"), ModelSettings(5, 2, tied=True, embedding=3)),
    (("gru",), ModelSettings(5, 2, tied=True, embedding=3, narrow=True, mogrifier=5)),
    (("lstm", "gru"), ModelSettings(5, 1, mogrifier=2, mogrifier_rank=1)),
    (("rhn-3",), ModelSettings(5, 2)),
    (("gru",), ModelSettings(5, 1, cutoffs=(3,))),
    (("gru",), ModelSettings(5, 1, tied=True, embedding=3, cutoffs=(1, 2, 6))),
)


def text_in(folder):
    path = folder / "text.txt"
    path.write_text(TEXT)
    return Language.from_files(path)


@pytest.fixture
def task(tmp_path):
    return text_in(tmp_path)


def with_skips():
    """Return a model of a mixture with skips as this program has it, and as it is exported."""
    mixture = Mixture(("lstm", "gru"), ((3, 1), (2, 2)), ((0, 2), (0, 3), (1, 3)))
    architecture = ModelSettings(4, 2).of(mixture, 7)
    ours = LanguageModel(architecture, np.random.default_rng(0))
    weights = {name: one.detach().numpy() for name, one in ours.named_parameters()}
    return ours, TrainedLanguageModel(architecture, weights, Vocabulary(tuple("abcdefg")), "words")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The models, and their folders, which one process alone has read and scored."""
    task = text_in(tmp_path_factory.mktemp("text"))
    found = []
    for cells, made_of in MODELS:
        units = (5,) if len(cells) == 1 else (3, 2)
        study = model(task, cells, units, made_of=made_of, epochs=1, batch=2)
        result, folder = study.run(device="cpu"), tmp_path_factory.mktemp("model")
        files = export(result, "torch", folder)
        assert [one.name for one in files] == ["model.py", "model.safetensors", "model.json"]
        found.append((result.module(), folder))
    ours, it = with_skips()
    folder = tmp_path_factory.mktemp("model")
    write(it, "torch", folder)
    found.append((ours, folder))
    folders = [str(folder) for _, folder in found]
    subprocess.run([sys.executable, "-c", ALONE, *folders], check=True)
    return found


def test_what_skips_layers_skips_them_in_the_export_too(exported):
    import torch

    ours, folder = exported[-1]
    found = np.load(folder / "scores.npy")
    hidden, _ = ours(torch.arange(7)[:, None])
    wanted = hidden @ ours.output_weights.T + ours.bias
    np.testing.assert_allclose(found, wanted.detach().numpy(), atol=1e-5)
    _, it = with_skips()
    plain = LanguageModel(replace(it.architecture, skips=()), np.random.default_rng(0))
    hidden, _ = plain(torch.arange(7)[:, None])
    assert not np.allclose(found, (hidden @ plain.output_weights.T).detach().numpy())


@pytest.mark.parametrize("number", range(len(MODELS)))
def test_the_exported_model_gives_the_same_scores(exported, number):
    import torch

    ours, folder = exported[number]
    _, made_of = MODELS[number]
    found = np.load(folder / "scores.npy")
    numbers = torch.arange(len(found))[:, None]
    hidden, _ = ours(numbers)
    wanted = hidden @ ours.output_weights.T + ours.bias
    if made_of.cutoffs:
        wanted = ours.log_probabilities(hidden)
    np.testing.assert_allclose(found, wanted.detach().numpy(), atol=1e-5)


def test_a_file_that_is_no_source_is_refused(tmp_path, task):
    result = model(task, ("gru",), (4,), made_of=ModelSettings(4, 1), epochs=1).run(device="cpu")
    with pytest.raises(ConfigError, match=r"must end in \.py"):
        export(result, "torch", tmp_path / "model.txt")
    assert not list(tmp_path.glob("model*"))


def test_equations_of_a_deep_layer_with_a_mogrifier_say_so(tmp_path, task):
    made_of = ModelSettings(4, 1, mogrifier=2)
    result = model(task, ("rhn-3",), (4,), made_of=made_of, epochs=1).run(device="cpu")
    (path,) = export(result, "latex", tmp_path)
    lines = path.read_text().splitlines()
    assert "scale each other 2 times" in lines[0]
    assert "computed 3 times" in lines[1]
    assert any(isinstance(b, Paragraph) and "computed 3 times" in b.text for b in equations(result))
