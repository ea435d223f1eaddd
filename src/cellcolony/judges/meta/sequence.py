"""The networks of the Meta-LSTM: an encoder reads the first marks, a decoder goes on from there.

Source: Rawal & Miikkulainen 2018, section 3.5 and Figure 4a. What is marked [ours] was decided here
because the paper does not say it.
"""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cellcolony.layers.device import torch_threads
from cellcolony.layers.optimizers import Adam

RATE, BATCH, CLIP, MOST_EPOCHS, PATIENCE = 0.003, 16, 1.0, 300, 40
"""Of training by Adam, which ends after so many epochs without a new best on validation [ours]."""


class Sequence(nn.Module):
    """Goes from the last known mark to the final one in so many steps of the decoder.

    Each step adds to the value before [ours], so that untrained networks predict about what stands
    there already.

    Args:
        n_steps: The steps of the decoder: 30 or 1.
        shape: Layers of the encoder, and of the decoder, and units of each.
        rng: Draws the first weights, evenly within 1 / sqrt(units) as usual for an LSTM.
    """

    def __init__(self, n_steps: int, shape: tuple[int, int], rng: np.random.Generator) -> None:
        super().__init__()
        layers, units = shape
        self.n_steps = n_steps
        self.encoder = nn.LSTM(1, units, layers)
        self.decoder = nn.LSTM(1, units, layers)
        self.head = nn.Linear(units, 1)
        bound = units**-0.5
        with torch.no_grad():
            for one in self.parameters():
                one.copy_(torch.from_numpy(rng.uniform(-bound, bound, one.shape)))

    def forward(self, first: Tensor) -> Tensor:
        """Return `(curves,)` from the first marks, `(curves, marks)`, all in standard units."""
        _, state = self.encoder(first.T[:, :, None])  # (marks, curves, 1)
        value = first[:, -1]
        for _ in range(self.n_steps):
            out, state = self.decoder(value[None, :, None], state)  # (1, curves, units)
            value = value + self.head(out[0])[:, 0]
        return value


@torch_threads(1)  # small products: more threads take longer, and other last bits
def train(
    network: Sequence,
    curves: tuple[NDArray[np.float64], NDArray[np.float64]],
    valid: tuple[NDArray[np.float64], NDArray[np.float64]],
    units: tuple[float, float],
    rng: np.random.Generator,
) -> None:
    """Train on the mean absolute percentage error of the final loss, and keep the best epoch.

    Args:
        network: What is trained.
        curves: First marks in standard units, `(curves, marks)`, and final losses, `(curves,)`.
        valid: The same of validation, which decides when to stop, as in section 4.2.
        units: Mean and deviation of final losses: of their standard units.
        rng: Shuffles.
    """
    optimizer = Adam(network.parameters(), lr=RATE)
    first, final, valid_first, valid_final = (
        torch.from_numpy(one.astype(np.float32)) for one in (*curves, *valid)
    )

    def error(of: Tensor, true: Tensor) -> Tensor:
        return ((units[0] + units[1] * network(of) - true).abs() / true).mean()

    best, kept, since = np.inf, deepcopy(network.state_dict()), 0
    for _ in range(MOST_EPOCHS):
        for some in np.array_split(rng.permutation(len(final)), -(-len(final) // BATCH)):
            optimizer.zero_grad()
            error(first[some], final[some]).backward()
            nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            optimizer.step()
        with torch.no_grad():
            found = float(error(valid_first, valid_final))
        since += 1
        if found < best:
            best, kept, since = found, deepcopy(network.state_dict()), 0
        if since >= PATIENCE:
            break
    network.load_state_dict(kept)


def weights_of(network: Sequence) -> dict[str, NDArray[np.float64]]:
    """Return the weights by name."""
    return {name: one.numpy().astype(np.float64) for name, one in network.state_dict().items()}


def with_weights(
    n_steps: int, shape: tuple[int, int], weights: Mapping[str, NDArray[Any]]
) -> Sequence:
    """Return a network with weights whose shapes were checked."""
    network = Sequence(n_steps, shape, np.random.default_rng(0))
    network.load_state_dict({name: torch.from_numpy(one.copy()) for name, one in weights.items()})
    return network


@torch_threads(1)
def run(network: Sequence, first: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a network makes of first marks in standard units, `(curves, marks)`."""
    with torch.no_grad():
        return network(torch.from_numpy(first.astype(np.float32))).numpy().astype(np.float64)
