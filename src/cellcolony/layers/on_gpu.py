"""How a dense layer computes on a GPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from cellcolony.errors import ConfigError

Products = Literal["tf32", "bfloat16"]


@dataclass(frozen=True)
class OnGpu:
    """Settings of a layer on a GPU; on the CPU they mean nothing.

    Attributes:
        products: How products of matrices are computed where the layer is float32: "tf32" rounds
            their factors to 10 bits; "bfloat16" rounds factors, results and gradients by weights
            to 7 bits, and halves what they read; cells compute in float32 in any case. None: in
            the layer's own precision, as torch is set up.
        graphs: Whether a window whose shapes repeat is recorded once, forward and back, and then
            replayed as a whole (CUDA graphs). Otherwise each step is started by Python, which
            takes longer than the GPU does. A module that records must not run in two threads, or
            two streams, at once.

    Raises:
        ConfigError: There are no such products.
    """

    products: Products | None = None
    graphs: bool = True

    def __post_init__(self) -> None:
        if self.products not in (None, *get_args(Products)):
            raise ConfigError(
                f"`products` must be 'tf32', 'bfloat16' or None. Got {self.products!r}."
            )
