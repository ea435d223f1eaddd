"""A layer of gated recurrent units (Cho et al. 2014); each sees the whole layer one step before."""

from cellcolony.networks.builders import fixed_network
from cellcolony.networks.genome import Network
from cellcolony.tasks import rivals


@rivals.register_network("GRU")
def gru(n_inputs: int, n_outputs: int, *, width: int, output_cell: str) -> Network:
    """Build the network."""
    return fixed_network(
        ["gru"], n_inputs, n_outputs, width=width, output_cell=output_cell, time_skips=(1,)
    )
