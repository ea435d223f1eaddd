"""Deep recurrences and mogrifiers: against plain torch in double precision, and against trees."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportMissingImports=false, reportCallIssue=false, reportGeneralTypeIssues=false
# What may be None is not where a test reads it, or the test fails.

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.cells.known_trees import known_tree
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.layers.architecture import Architecture, ModelSettings
from cellcolony.layers.kinds import kind_of
from cellcolony.layers.layer import Layer, layer_of
from cellcolony.layers.layout import lay_out
from cellcolony.layers.mogrifier import Mogrifier
from tests.layers.language import N_WORDS, model_of
from tests.layers.oracle import CELLS, everything, mixture

torch = pytest.importorskip("torch")

from cellcolony.export.layer_torch import layer_source  # noqa: E402
from cellcolony.layers.model import module_of  # noqa: E402

DEEP = [replace(layer_of(cells.get("rhn"), 4), depth=n) for n in (2, 3, 10)]
MOGRIFIED = [
    replace(layer_of(cells.get(name), 4), mogrifier=Mogrifier(rounds, rank))
    for name, rounds, rank in (("lstm", 1, 0), ("gru", 2, 0), ("nascell", 5, 0), ("mgu", 4, 2))
]
BOTH = replace(mixture(2, 1, 2, 1, 1), depth=2, mogrifier=Mogrifier(3, 1))


def case(layer: Layer, n_inputs: int = 3, seed: int = 0):
    """Return a layer in double precision, and an input, a gradient and a state of it."""
    module = module_of(layer, n_inputs, np.random.default_rng(seed)).double()
    torch.manual_seed(seed)
    x = torch.randn(5, 2, n_inputs, dtype=torch.float64, requires_grad=True)
    state = type(module.zeros(2))(*(0.5 * torch.randn_like(part) for part in module.zeros(2)))
    return module, x, torch.randn(5, 2, layer.n_units, dtype=torch.float64), state


def exported(layer: Layer, module, n_inputs: int = 3):
    """Return the same layer as its torch export makes it, of torch's own operations alone."""
    made: dict = {}
    exec(layer_source(layer), made)
    same = made["RecurrentLayer"](n_inputs).double()
    same.load_state_dict(module.state_dict())
    return same


@pytest.mark.parametrize("layer", [*DEEP, *MOGRIFIED, BOTH])
def test_outputs_and_gradients_are_those_of_torch_in_double_precision(layer):
    module, x, dy, state = case(layer)
    y, after = module(x, state)
    y.backward(dy)
    same, x_too = exported(layer, module), x.detach().clone().requires_grad_()
    wanted, (last, memory) = same(x_too, tuple(state))
    wanted.backward(dy)
    torch.testing.assert_close(y, wanted, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(after.y, last.detach(), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(after.memory, memory.detach(), rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(x.grad, x_too.grad, rtol=1e-10, atol=1e-12)
    for (name, one), (_, other) in zip(
        module.named_parameters(), same.named_parameters(), strict=True
    ):
        if one.numel():  # NASCell has no params
            torch.testing.assert_close(one.grad, other.grad, rtol=1e-10, atol=1e-12, msg=name)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_mogrifier_of_zeros_leaves_every_cell_as_it_is(cell):
    plain = layer_of(cell, 4)
    own, x, dy, state = case(plain)
    module = module_of(replace(plain, mogrifier=Mogrifier(3)), 3, np.random.default_rng(1)).double()
    with torch.no_grad():
        for gate in module.gates:
            gate.zero_()  # 2 sigmoid(0) = 1
        for name in ("weights_x", "weights_h", "params"):
            getattr(module, name).copy_(getattr(own, name))
    gradients = []
    for one in (own, module):
        given = x.detach().clone().requires_grad_()
        y, after = one(given, state)
        y.backward(dy)
        gradients.append((y, *after, given.grad, one.weights_h.grad, one.params.grad))
    for found, wanted in zip(*gradients, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-12)


def test_a_highway_network_is_that_of_the_published_equations():
    layer = kind_of("rhn-3").with_units(4)
    module, x, _, state = case(layer)
    at = lay_out(layer)
    leaves = {leaf.value: leaf for leaf in layer.groups[0].cell.leaves("h")}
    h_rows, t_rows = (at.rows("output", 0, leaves[k]) for k in (0, 1))
    b0, b1 = (at.params(0, name) for name in ("b0", "b1"))
    s, found = state.y.numpy(), []
    weights = {name: one.detach().numpy() for name, one in module.named_parameters()}
    for x_t in x.detach().numpy():
        for depth in range(3):
            r = weights["weights_h"] if depth == 0 else weights["deeper_h"][depth - 1]
            b = weights["params"] if depth == 0 else weights["deeper_params"][depth - 1]
            z = s @ r.T + (x_t @ weights["weights_x"].T if depth == 0 else 0.0)
            h = np.tanh(z[:, h_rows] + b[b0])
            t = 1 / (1 + np.exp(-(z[:, t_rows] + b[b1])))
            s = h * t + s * (1 - t)
        found.append(s)
    np.testing.assert_allclose(module(x, state)[0].detach(), found, rtol=1e-12)


def test_a_highway_network_of_depth_1_is_the_known_tree():
    tree = known_tree("rhn").to_cell()
    ours, x, dy, _ = case(kind_of("rhn-1").with_units(4))
    theirs, *_ = case(layer_of(tree, 4))
    at, of_tree = ours.layout, theirs.layout
    leaf = {e.op + str(e.value): e for e in tree.order() if e.op in ("x", "h")}
    with torch.no_grad():
        for k in (0, 1):
            e = leaf[f"x{k}"]
            rows = of_tree.rows("input", 0, e)
            theirs.weights_x[rows] = ours.weights_x[at.rows("input", 0, e)]
            e = leaf[f"h{k}"]
            rows = of_tree.rows("output", 0, e)
            theirs.weights_h[rows] = ours.weights_h[at.rows("output", 0, e)]
            theirs.params[of_tree.params(0, f"b{k}")] = ours.params[at.params(0, f"b{k}")]
    gradients = []
    for module in (ours, theirs):
        given = x.detach().clone().requires_grad_()
        y, _ = module(given)
        y.backward(dy)
        gradients.append((y, given.grad))
    for found, wanted in zip(*gradients, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("layer", [DEEP[1], MOGRIFIED[2], BOTH])
def test_two_windows_in_a_row_are_one(layer):
    module, x, _, state = case(layer)
    whole, last = module(x, state)
    first, between = module(x[:2], state)
    second, after = module(x[2:], between)
    torch.testing.assert_close(torch.cat((first, second)), whole, rtol=0, atol=0)
    torch.testing.assert_close(after.y, last.y, rtol=0, atol=0)


@pytest.mark.parametrize("layer", [layer_of(everything(), 4), DEEP[1], MOGRIFIED[3], BOTH])
def test_dropped_weights_and_outputs_are_weights_and_outputs_times_masks(layer):
    module, x, dy, state = case(layer)
    depth, n, n_units = layer.depth, module.layout.n_of_output, layer.n_units
    rng = np.random.default_rng(0)
    dropped = torch.tensor(2.0 * (rng.random((depth, n, n_units)) < 0.5))
    seen = torch.tensor(2.0 * (rng.random((2, n_units)) < 0.5))
    y, _ = module(x, state, seen, dropped)
    y.backward(dy)
    same, *_ = case(layer)
    with torch.no_grad():
        same.weights_h.mul_(dropped[0])
        if depth > 1:
            same.deeper_h.mul_(dropped[1:])
    wanted, _ = same(x, state, seen)
    wanted.backward(dy)
    torch.testing.assert_close(y, wanted, rtol=0, atol=0)
    torch.testing.assert_close(module.weights_h.grad, same.weights_h.grad * dropped[0])


@pytest.mark.parametrize("layer", [*DEEP, *MOGRIFIED, BOTH])
def test_weights_are_counted_and_a_model_comes_back_from_json(layer):
    architecture = Architecture(N_WORDS, (layer, layer_of(cells.get("lstm"), 3)), embedding=5)
    model = model_of(architecture)
    assert architecture.n_weights == sum(one.numel() for one in model.parameters())
    assert Architecture.from_dict(architecture.to_dict()) == architecture
    shapes = tuple(
        (one.layer.depth, *one.weights_h.shape) for one in model.recurrent
    )  # fmt: skip
    assert architecture.recurrent_weights == shapes


@pytest.mark.parametrize("name", ["rhn-5", "gru", "nascell"])
@pytest.mark.parametrize("rank", [0, 2])
def test_equal_weights_count_depth_and_mogrifier(name, rank):
    settings = ModelSettings(hidden=12, like="lstm", mogrifier=4, mogrifier_rank=rank)
    wanted = settings.of(cells.get("lstm"), 50).n_weights
    found = settings.of(kind_of(name), 50)
    assert found.n_weights <= wanted
    one_more = found.layers[0].n_units + 1
    assert replace(settings, like="", hidden=one_more).of(kind_of(name), 50).n_weights > wanted


def test_groups_of_a_layer_share_equal_weights_as_they_share_units():
    layer = mixture(20, 10)
    found = ModelSettings(hidden=30, like="lstm").of(layer, 50).layers[0]
    assert [group.cell for group in found.groups] == [group.cell for group in layer.groups]
    assert abs(found.groups[0].n_units - 2 * found.groups[1].n_units) <= 2


@pytest.mark.parametrize("name", ["rhn-0", "rhn-11", "rhn-12345678901234567890"])
def test_an_impossible_depth_is_refused(name):
    with pytest.raises(ConfigError, match=r"must be 1 to 10, as in rhn-5\. Got 'rhn-"):
        kind_of(name)
    with pytest.raises(GenomeError, match="`depth` must be 1 to 10"):
        Layer(layer_of(cells.get("rhn"), 1).groups, 11)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mogrifier": -1}, "`mogrifier` must be"),
        ({"mogrifier": 101}, "`mogrifier` must be"),
        ({"mogrifier": 2, "mogrifier_rank": -1}, "`mogrifier_rank` must be"),
        ({"mogrifier_rank": 2}, "`mogrifier_rank` must be 0 where `mogrifier` is 0"),
        ({"narrow": True}, "`narrow` needs an `embedding`"),
        ({"narrow": True, "embedding": 3, "layers": 1}, "at least 2 `layers`"),
        ({"weight_drop": 1.0}, "`weight_drop` must be"),
        ({"weight_drop": -0.1}, "`weight_drop` must be"),
        ({"dropout_input": 1.0}, "`dropout_input` must be"),
        ({"dropout_output": 2.0}, "`dropout_output` must be"),
        ({"bound_embedding": 0.0}, "`bound_embedding` must be"),
        ({"cutoffs": (5, 5)}, "`cutoffs` must rise.*such as 80, 800. Got 5, 5"),
        ({"cutoffs": (0,)}, "`cutoffs` must rise, each of them at least 1"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        ModelSettings(**settings)


def test_a_narrow_last_layer_fits_the_tied_matrix():
    model = ModelSettings(hidden=6, layers=3, embedding=4, narrow=True, tied=True)
    found = model.of(cells.get("gru"), 50)
    assert [layer.n_units for layer in found.layers] == [6, 6, 4]
    assert not found.is_projected
