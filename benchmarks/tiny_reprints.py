"""Make the experiments of both papers so small that `cellcolony reproduce` takes seconds.

What the command does is what it does at its own sizes: these are numbers, and nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).parent


def make_reprints_tiny() -> None:
    """Set the size "small" of both papers, in this process, to some seconds; Meta-LSTMs too."""
    from cellcolony.judges.meta import sequence
    from cellcolony.layers.architecture import ModelSettings
    from cellcolony.layers.language_training import LanguageTraining
    from cellcolony.layers.schedule import Schedule
    from cellcolony.report.reprints import asne, n2n
    from cellcolony.report.reprints.n2n_scale import Scale
    from cellcolony.search.nodes import NodeEvolution

    sequence.MOST_EPOCHS = 2
    asne.BATTERIES["small"] = str(HERE / "tiny_asne.toml")
    asne.NEAT_NETWORKS["small"] = 30
    model = ModelSettings(hidden=6, layers=1)
    large = LanguageTraining(model, Schedule(epochs=2, batch=4, steps=5))
    tiny = Scale(
        preset=str(HERE / "tiny_nodes.toml"), lines=30, n_searches=2, budget="6 networks", top=0.6,
        n_mixtures=3, evolution=NodeEvolution(population=4, generations=2), n_evolutions=1,
        untied=large, tied=replace(large, model=replace(model, tied=True)), rivals=("lstm",),
        grid="dropout=0/0.2", grid_epochs=1, n_seeds=1, n_marks=8, n_curves=12, quarters=10,
        n_savings=1,
    )  # fmt: skip
    n2n.SIZES = {**n2n.SIZES, "small": tiny}
