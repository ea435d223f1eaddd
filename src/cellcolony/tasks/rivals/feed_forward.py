"""A layer of tanh nodes without any memory."""

from cellcolony.networks import builders
from cellcolony.networks.genome import Network
from cellcolony.tasks import rivals


@rivals.register_network("feed-forward")
def feed_forward(n_inputs: int, n_outputs: int, *, width: int, output_cell: str) -> Network:
    """Build the network."""
    return builders.feed_forward(n_inputs, n_outputs, width=width, output_cell=output_cell)
