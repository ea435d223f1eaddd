"""What the page of a machine's speed says, without a look at the clock."""

from __future__ import annotations

import pytest

from cellcolony.cli import main
from cellcolony.networks import speed
from cellcolony.networks.builders import fixed_network


def test_a_step_has_two_operations_an_edge_and_those_of_the_cells_and_twice_as_many_back():
    network = fixed_network(["simple"], 3, 1, width=2, output_cell="linear")
    n_edges, of_nodes = 3 * 2 + 2, 2 * (1 + speed.OPERATIONS_OF_A_FUNCTION) + 1
    assert speed.operations_of(network) == 3 * (2 * n_edges + of_nodes)


@pytest.mark.parametrize(
    ("title", "n_nodes", "n_edges"),
    [("16 nodes, 20 edges", 16, 20), ("49 nodes, 485 edges, cyclic", 49, 485)],
)
def test_a_network_is_what_its_row_says(title, n_nodes, n_edges):
    network = speed.networks()[title]
    assert len(network.nodes) == n_nodes
    assert len(network.edges) + len(network.recurrent_edges) == n_edges


def test_one_page_shows_every_network(capsys):
    assert main(["bench", "--quick"]) == 0
    page = capsys.readouterr().out
    assert "GFLOP/s" in page
    assert all(title in page for title in speed.networks())
