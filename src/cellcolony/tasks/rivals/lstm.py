"""A layer of textbook LSTM cells (Gers et al. 2000); each sees the whole layer one step before."""

from cellcolony.networks.builders import fixed_network
from cellcolony.networks.genome import Network
from cellcolony.tasks import rivals


@rivals.register_network("LSTM")
def lstm(n_inputs: int, n_outputs: int, *, width: int, output_cell: str) -> Network:
    """Build the network."""
    return fixed_network(
        ["lstm"], n_inputs, n_outputs, width=width, output_cell=output_cell, time_skips=(1,)
    )
