"""Weights inside cells: handed down, or drawn anew for each network."""

import numpy as np
import pytest

from cellcolony.contract import Evaluation
from cellcolony.networks.genome import Network
from cellcolony.search.ants import AntSearch
from tests.search.ants.colonies import rng, started


def start_weights(network: Network) -> np.ndarray:
    assert network.weights is not None
    return network.weights


def n_edges(network: Network) -> int:
    return len(network.edges) + len(network.recurrent_edges)


def tell(search: AntSearch, number: int, loss: float, weights: np.ndarray, n_epochs: int) -> None:
    curve = tuple(np.linspace(1.0, loss, n_epochs + 1))
    search.tell(number, Evaluation.succeeded(loss, weights, curve))


def everything(**settings) -> AntSearch:
    """A colony so small, with ants so many, that networks differ in recurrent edges alone."""
    return started(1, 1, n_layers=1, n_nodes_per_layer=1, n_ants=50, cells=("gru",), **settings)


def test_without_cell_weights_networks_inherit_edges_and_draw_the_rest():
    search = everything(cell_weights=False, weights=0.9, output_cell="simple")
    first = search.ask(0, rng(0)).genome
    trained = start_weights(first) + np.float32(5)
    tell(search, 0, 0.1, trained, 10)
    second = search.ask(1, rng(1)).genome
    third = search.ask(2, rng(2)).genome
    assert first.to_dict() == second.to_dict()
    assert first.to_dict() == third.to_dict()
    edges = slice(n_edges(first))
    expected = 0.9 * trained[edges] + 0.1 * start_weights(first)[edges]
    for network in (second, third):
        assert start_weights(network)[edges] == pytest.approx(expected, rel=1e-5)
        assert np.abs(start_weights(network)[n_edges(first) :]).max() <= 0.5
    of_cells = [start_weights(network)[n_edges(first) :] for network in (first, second, third)]
    assert len(of_cells[0]) == 10  # a GRU and the output's bias
    for one, other in ((0, 1), (1, 2), (0, 2)):
        assert (of_cells[one] != of_cells[other]).all()


@pytest.mark.parametrize(("cell_weights", "behind_cells"), [(True, 9.0), (False, 0.0)])
def test_cell_weights_drawn_anew_have_no_epochs_behind_them(cell_weights, behind_cells):
    search = everything(cell_weights=cell_weights, weights=0.9)
    network = search.ask(0, rng(0)).genome
    tell(search, 0, 0.1, start_weights(network), 10)
    layout = search.colony.layout
    of_edges, of_cells = np.split(search.colony.epochs, [layout.n_edges + layout.n_recurrent])
    assert of_edges.max() == pytest.approx(9.0)
    assert of_cells == pytest.approx(behind_cells)
    assert search.ask(1, rng(1)).how["epochs_before"] == 9


def test_the_colonys_own_cell_weights_stay_out_of_it():
    search = everything(cell_weights=False, weights=0.9)
    search.colony.weights[:] = 7.0
    search.colony.epochs[:] = 40.0
    layout = search.colony.layout
    search.colony.epochs[: layout.n_edges + layout.n_recurrent] = 3.0
    candidate = search.ask(0, rng(0))
    weights = start_weights(candidate.genome)
    assert (weights[: n_edges(candidate.genome)] == 7.0).all()
    assert np.abs(weights[n_edges(candidate.genome) :]).max() <= 0.5
    assert candidate.how["epochs_before"] == 3


def test_no_weights_at_all_are_handed_down_under_none_whatever_cells_do():
    for cell_weights in (True, False):
        search = everything(cell_weights=cell_weights, weights="none")
        network = search.ask(0, rng(0)).genome
        tell(search, 0, 0.1, start_weights(network) + np.float32(5), 10)
        later = search.ask(1, rng(1))
        assert np.abs(start_weights(later.genome)).max() <= 0.5
        assert later.how["epochs_before"] == 0
