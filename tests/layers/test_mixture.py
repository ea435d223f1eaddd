"""Mixtures: how groups share a layer, what skips, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.layers.architecture import Architecture, ModelSettings
from cellcolony.layers.mixture import Mixture

NODE = "node_bias:gate(z0, h, tanh(z1))"
TWO = Mixture(("lstm", NODE), ((3, 5), (0, 8)), ((0, 2), (0, 3), (1, 3)))


def test_groups_share_the_units_of_a_layer_as_nearly_as_whole_units_can():
    first, second = TWO.filled(16)
    assert [(one.cell.name, one.n_units) for one in first.groups] == [("lstm", 6), (NODE, 10)]
    assert [(one.cell.name, one.n_units) for one in second.groups] == [(NODE, 16)]
    for n in range(1, 40):
        for layer, counts in zip(TWO.filled(n), TWO.layers, strict=True):
            assert layer.n_units == n
            exact = dict(zip(TWO.nodes, n * np.array(counts) / 8, strict=True))
            assert all(abs(one.n_units - exact[one.cell.name]) < 1 for one in layer.groups)


def test_a_mixture_has_at_most_the_weights_of_the_cell_that_it_is_like_and_nearly_as_many():
    settings = ModelSettings(hidden=32, layers=2, like="gru")
    wanted = settings.of(cells.get("gru"), 50).n_weights
    mixed = settings.of(TWO, 50)
    assert mixed.n_weights <= wanted
    assert mixed.n_weights > 0.9 * wanted
    assert mixed.skips == TWO.skips


def test_a_mixture_and_its_model_survive_json():
    assert Mixture.from_dict(json.loads(json.dumps(TWO.to_dict()))) == TWO
    made = ModelSettings(hidden=8, layers=2).of(TWO, 9)
    assert Architecture.from_dict(json.loads(json.dumps(made.to_dict()))) == made


def test_the_text_tells_layers_and_skips():
    assert TWO.text == (
        f"3 x lstm + 5 x {cells.label(NODE)} | 8 x {cells.label(NODE)}, 0 to 2, 0 to 3, 1 to 3"
    )
    assert (TWO.n_groups, TWO.n_kinds, TWO.used) == (16, 2, ("lstm", NODE))


@pytest.mark.parametrize(
    "changes",
    [{"nodes": []}, {"nodes": ["lstm", "lstm"]}, {"nodes": ["lstm", "lstn"]}, {"nodes": "lstm"},
     {"nodes": ["lstm", 3]}, {"nodes": ["lstm", "node:tanh("]}, {"layers": []},
     {"layers": [[3, 5], [8]]}, {"layers": [[3, -1], [0, 8]]}, {"layers": [[0, 0], [0, 8]]},
     {"layers": [[3, 5.0], [0, 8]]}, {"layers": [[True, 5], [0, 8]]}, {"layers": [[1, 10**9]] * 2},
     {"layers": [[3, 5]] * 101}, {"skips": [[0, 1]]}, {"skips": [[0, 4]]}, {"skips": [[2, 0]]},
     {"skips": [[0, 3], [0, 2]]}, {"skips": [[0, 2], [0, 2]]}, {"skips": [[-1, 2]]},
     {"skips": [[0]]}, {"skips": 3}, {"skips": None}],
)  # fmt: skip
def test_what_is_no_mixture_is_refused(changes):
    with pytest.raises(GenomeError):
        Mixture.from_dict({**TWO.to_dict(), **changes})
    for missing in changes:
        with pytest.raises(GenomeError, match="must have `nodes`, `layers` and `skips`"):
            Mixture.from_dict({key: one for key, one in TWO.to_dict().items() if key != missing})


def test_a_model_of_another_number_of_layers_or_of_other_sizes_is_refused():
    with pytest.raises(ConfigError, match="has 2 layers, and `layers` is 3"):
        ModelSettings(hidden=8, layers=3).of(TWO, 9)
    with pytest.raises(ConfigError, match="they are 5 and 8"):
        ModelSettings(hidden=8, layers=2, embedding=5).of(TWO, 9)
    plain = ModelSettings(hidden=8, layers=2).of(TWO, 9).to_dict()
    for skips in ([[0, 1]], [[0, 9]], [[0, "2"]], [[True, 2]], [3], 3):
        with pytest.raises(ConfigError):
            Architecture.from_dict({**plain, "skips": skips})
