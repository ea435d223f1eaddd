"""`cellcolony export`: a file that runs a network without this program."""

from __future__ import annotations

from pathlib import Path

from cellcolony.errors import ConfigError


def export(run: Path, /, *, to: str, out: Path, network: int | None = None) -> None:
    """Write the best network of a run, or its language model, as source that needs nothing of this.

    Args:
        run: The run directory.
        to: The format: numpy is one Python file that needs NumPy alone; torch is an nn.Module with
            its weights in a safetensors file beside it. A language model is written as torch alone.
        out: A file that ends in .py, or a folder, which gets a model.py. What stands there is
            written over.
        network: The number of another network of the front.
    """
    from cellcolony.runs import kinds

    if kinds.kind_of(run) == kinds.LANGUAGE_MODEL:
        _language_model(run, to, out)
        return
    kinds.refuse_other(run, kinds.FORECAST, "export")
    from cellcolony import export as exporting
    from cellcolony.runs.kinds import FORECAST, refuse_other
    from cellcolony.runs.stored import open_run

    refuse_other(run, FORECAST, "export")
    result = open_run(run)
    chosen, residual = result.champion(network).network, bool(result.config.protocol["residual"])
    for path in exporting.export(to, chosen, result.transform, residual, out):
        print(path)


def _language_model(run: Path, to: str, out: Path) -> None:
    from cellcolony.export import DEFAULT_NAME
    from cellcolony.export.language_torch import write_language_model
    from cellcolony.runs.language.stored import open_language_run

    if to != "torch":
        raise ConfigError(f"`to` must be torch for a language model. Got {to!r}.")
    path = out if out.suffix == ".py" else out / DEFAULT_NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    for file in write_language_model(open_language_run(run), path):
        print(file)
