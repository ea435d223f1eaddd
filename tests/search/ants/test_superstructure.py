import numpy as np
import pytest

from cellcolony.errors import ConfigError
from cellcolony.search.ants import Superstructure

SIZES = [
    Superstructure(2, 1, n_layers=1, n_nodes_per_layer=2, max_skip=1),
    Superstructure(3, 2, n_layers=2, n_nodes_per_layer=3, max_skip=3),
    Superstructure(4, 3, n_layers=0),
    Superstructure(1, 1, n_layers=2, n_nodes_per_layer=1, max_skip=0),
    Superstructure(3, 2, n_layers=2, n_nodes_per_layer=3, max_skip=2, self_loops=False),
    Superstructure(3, 2, n_layers=2, n_nodes_per_layer=3, max_skip=2, backward_edges=False),
    Superstructure(2, 2, 1, 2, 2, self_loops=False, backward_edges=False),
]


def test_the_published_superstructure_has_the_published_counts():
    published = Superstructure(12, 1, n_layers=3, n_nodes_per_layer=12, max_skip=2)
    assert published.n_nodes == 49
    assert len(published.edges) == 912
    assert len(published.recurrent_edges) == 3626
    assert np.bincount(published.recurrent_edges[:, 2]).tolist() == [0, 1813, 1813]


@pytest.mark.parametrize("structure", SIZES)
def test_every_pair_of_layers_is_wired_forward_once_and_nothing_else(structure):
    layer = structure.layer.tolist()
    expected = [
        (s, t)
        for s in range(structure.n_nodes)
        for t in range(structure.n_nodes)
        if layer[s] < layer[t]
    ]
    assert [tuple(edge) for edge in structure.edges.tolist()] == expected


@pytest.mark.parametrize("structure", SIZES)
def test_recurrent_edges_lead_to_every_hidden_and_output_node_but_where_switched_off(structure):
    layer = structure.layer.tolist()
    expected = []
    for s in range(structure.n_nodes):
        for t in range(structure.n_inputs, structure.n_nodes):
            kept = (
                structure.self_loops if s == t else structure.backward_edges or layer[s] < layer[t]
            )
            expected += [(s, t, skip + 1) for skip in range(structure.max_skip) if kept]
    assert [tuple(edge) for edge in structure.recurrent_edges.tolist()] == expected


@pytest.mark.parametrize("structure", SIZES)
def test_positions_lead_back_to_their_edges(structure):
    for position, (source, target) in enumerate(structure.edges.tolist()):
        assert structure.edge_positions[source, target] == position
    for position, (source, target, skip) in enumerate(structure.recurrent_edges.tolist()):
        assert structure.recurrent_positions[source, target, skip - 1] == position
    assert (structure.edge_positions >= 0).sum() == len(structure.edges)
    assert (structure.recurrent_positions >= 0).sum() == len(structure.recurrent_edges)


@pytest.mark.parametrize(
    ("switches", "n_recurrent"),
    [
        # Each skip has 37 self-loops; 3 * 12 * 11 + 3 * 144 + 36 = 864 backward edges, within
        # hidden layers, between them and from the output; and 912 forward ones: 1,813 in all.
        ({"self_loops": False}, 2 * (864 + 912)),
        ({"backward_edges": False}, 2 * (37 + 912)),
        ({"self_loops": False, "backward_edges": False}, 2 * 912),
    ],
)
def test_switches_leave_the_published_number_of_edges_less_their_own(switches, n_recurrent):
    structure = Superstructure(12, 1, max_skip=2, **switches)
    assert len(structure.recurrent_edges) == n_recurrent
    assert len(structure.edges) == 912


def test_nodes_count_inputs_then_hidden_layers_then_outputs():
    structure = Superstructure(2, 2, n_layers=2, n_nodes_per_layer=1, output_names=("a", "b"))
    assert structure.layer.tolist() == [0, 0, 1, 2, 3, 3]
    assert structure.hidden_node(1, "gru") == (3, "hidden", 2.0, "gru", "")
    assert [tuple(node) for node in structure.output_nodes("linear")] == [
        (4, "output", 3.0, "linear", "a"),
        (5, "output", 3.0, "linear", "b"),
    ]


def test_a_count_that_is_too_small_is_refused():
    with pytest.raises(ConfigError, match=r"`n_outputs` must be at least 1\. Got 0\."):
        Superstructure(2, 0)


def test_names_must_be_as_many_as_their_nodes():
    with pytest.raises(ConfigError, match=r"`input_names` must hold 2 names or none\. Got 1\."):
        Superstructure(2, 1, input_names=("only",))
