"""Settings of a search that takes a second."""

from cellcolony.networks.protocol import Protocol
from cellcolony.search.ants import AntSwarm

TRAINING = Protocol(name="quick", epochs=2, window=20, lanes=4)
ANTS = AntSwarm(n_ants=4, n_layers=1, n_nodes_per_layer=3, cells=("simple",))
