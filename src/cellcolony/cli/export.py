"""`cellcolony export`: a file that runs a network without this program."""

from __future__ import annotations

from pathlib import Path


def export(run: Path, /, *, to: str, out: Path, network: int | None = None) -> None:
    """Write the best network of a run as source code that needs nothing of this program.

    Args:
        run: The run directory.
        to: The format: numpy is one Python file that needs NumPy alone; torch is an nn.Module with
            its weights in a safetensors file beside it.
        out: A file that ends in .py, or a folder, which gets a model.py. What stands there is
            written over.
        network: The number of another network of the front.
    """
    from cellcolony import export as exporting
    from cellcolony.runs.kinds import FORECAST, refuse_other
    from cellcolony.runs.stored import open_run

    refuse_other(run, FORECAST, "export")
    result = open_run(run)
    chosen, residual = result.champion(network).network, bool(result.config.protocol["residual"])
    for path in exporting.export(to, chosen, result.transform, residual, out):
        print(path)
