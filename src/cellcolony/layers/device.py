"""Where torch computes, and in how many threads."""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from cellcolony.errors import ConfigError, did_you_mean

DEVICES = ("auto", "cpu", "cuda")


def place(device: str) -> torch.device:
    """Return where to compute.

    Args:
        device: "cpu", "cuda", or "auto" for a GPU where there is one.

    Raises:
        ConfigError: It is unknown, or there is no GPU.
    """
    if device not in DEVICES:
        near = did_you_mean(str(device), DEVICES)
        raise ConfigError(f"`device` must be 'cpu', 'cuda' or 'auto'. Got {device!r}.{near}")
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("`device` is 'cuda', and torch sees no GPU here. Say --device cpu.")
    return torch.device(device)


@contextmanager
def torch_threads(n: int) -> Iterator[None]:
    """Let torch compute in `n` threads until the block ends.

    Raises:
        ConfigError: `n` is less than 1.
    """
    if type(n) is not int or n < 1:
        raise ConfigError(f"`threads` must be a whole number above 0. Got {n!r}.")
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
