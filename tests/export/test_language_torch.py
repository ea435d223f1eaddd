"""A language model as source: the same scores without this program."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("torch")

from cellcolony.runs.language.generate import model_of
from cellcolony.runs.language.session import train_language_model

from cellcolony import cells
from cellcolony.errors import ConfigError
from cellcolony.export.language_torch import write_language_model
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.layer import Group, Layer
from cellcolony.layers.schedule import Schedule
from cellcolony.tasks.language import Language

TEXT = "the ant walks home\nthe cell opens its gate\nthe ant opens the cell\n" * 12

ALONE = """
import sys
sys.modules["cellcolony"] = None
sys.path.insert(0, sys.argv[1])
import numpy as np
from model import load
model, words = load()
import torch
numbers = torch.arange(len(words))[:, None]
first, state = model(numbers[:4])
second, _ = model(numbers[4:], state)
np.save(sys.argv[2], torch.cat([first, second]).detach().numpy())
"""


@pytest.fixture
def task(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    return Language.from_files(path)


@pytest.mark.parametrize("tied", [False, True])
def test_the_exported_model_gives_the_same_scores(tmp_path, task, tied):
    layer = Layer((Group(cells.get("lstm"), 3), Group(cells.get("nascell"), 2)))
    result = train_language_model(
        task, layer, "mixture", ModelSettings(5, 2, tied), Schedule(epochs=1, batch=2, steps=5)
    )
    write_language_model(result, tmp_path / "model.py")
    at = tmp_path / "scores.npy"
    subprocess.run([sys.executable, "-c", ALONE, str(tmp_path), str(at)], check=True)
    import torch

    model = model_of(result)
    numbers = torch.arange(len(result.vocabulary))[:, None]
    hidden, _ = model(numbers, model.zeros(1))
    wanted = hidden @ model.output_weights.T + model.bias
    np.testing.assert_allclose(np.load(at), wanted.detach().numpy(), atol=1e-5)


def test_a_file_that_is_no_source_is_refused(tmp_path, task):
    layer = Layer((Group(cells.get("gru"), 4),))
    result = train_language_model(
        task, layer, "gru", ModelSettings(4, 1), Schedule(epochs=1, batch=2, steps=5)
    )
    with pytest.raises(ConfigError, match=r"must end in \.py"):
        write_language_model(result, tmp_path / "model.txt")
