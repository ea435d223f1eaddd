"""Files that run a network without this program: one format a file; it registers itself.

A format is a function of the network, of the transform that its data were prepared with, of whether
its outputs are residual, and of the source file to write; it returns the files that it wrote.
`contents.py` and `source.py` are no formats but what formats share; `layer_torch.py` writes dense
layers, and `language_torch.py` language models, which are no networks.
"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

from cellcolony.errors import GenomeError
from cellcolony.networks.genome import Network
from cellcolony.registry import Registry
from cellcolony.tasks.transform import Transform

DEFAULT_NAME = "model.py"
"""The source file in a folder that is named without one."""

Format = Callable[[Network, Transform, bool, Path], tuple[Path, ...]]

EXPORTS: Registry[Format] = Registry("export format", "cellcolony.export", "cellcolony.exports")
register = EXPORTS.register


def names() -> tuple[str, ...]:
    """Return the names of all formats, sorted."""
    return EXPORTS.names()


def export(
    name: str, network: Network, transform: Transform, residual: bool, path: str | PathLike[str]
) -> tuple[Path, ...]:
    """Write a trained network as source code that needs nothing of this program.

    Args:
        name: The format, "numpy" for instance.
        network: A trained network.
        transform: Which columns it reads and predicts, and how they are scaled.
        residual: Whether its outputs are added to the targets' own values.
        path: A file that ends in `.py`, or a folder, which gets a `model.py`. What stands there is
            written over; a folder that is missing is made.

    Returns:
        The files that were written, the source first.

    Raises:
        ConfigError: There is no such format; the message names the nearest one.
        GenomeError: The network has no weights, an output that no input reaches, or numbers of
            inputs or outputs that are not those of the transform.
    """
    write = EXPORTS[name]
    if network.weights is None:
        raise GenomeError("A network must have weights to be exported. Got none.")
    found = len(network.inputs), len(network.outputs)
    if found != (len(transform.inputs), len(transform.targets)):
        raise GenomeError(
            f"The transform has {len(transform.inputs)} inputs and {len(transform.targets)} "
            f"targets. Got a network with {found[0]} inputs and {found[1]} outputs."
        )
    source = Path(path)
    if source.suffix != ".py" or source.is_dir():
        source = source / DEFAULT_NAME
    source.parent.mkdir(parents=True, exist_ok=True)
    return write(network, transform, residual, source)


__all__ = ["EXPORTS", "Format", "export", "names", "register"]
