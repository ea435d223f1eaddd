"""`cellcolony mix`: mix the nodes of several searches in the layers of one model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from cellcolony.cli.options import ClusterOptions, GpuOptions
from cellcolony.cli.running import place_for, run_study
from cellcolony.contract import Judge
from cellcolony.errors import ConfigError
from cellcolony.layers.needs import check_extra


@Parameter(name="*", group="Mixtures")
@dataclass(frozen=True)
class MixOptions:
    """What is mixed, and how.

    Attributes:
        top: The share of each run's nodes that enters the pool: 10% or 0.1.
        diverse: So many of them are mixed: the best, and those that are farthest from all others.
        networks: After how many mixtures the search ends.
        groups: So many groups share a layer's units alike, each of one node.
        layers: Recurrent layers. Without, as many as the models of the runs have.
        skips: Whether outputs may skip layers.
        guide: Who becomes a parent: elite the best, walk any earlier mixture, random none, as the
            paper has it.
        control: random: mixtures drawn at random; known: mixtures of LSTM and GRU alone;
            random,known for both; --no-control for none. Each gets as much training.
        n_seeds: With how many seeds everybody is trained in the end. Without, as in the runs.
        ensemble: A folder that cellcolony ensemble wrote: the search is led by what a mixture adds
            to it.
        diversity: How much it weighs there that a mixture is different; 1 is the loss of the larger
            ensemble.
    """

    top: str = "10%"
    diverse: int = 20
    networks: int = 2_000
    groups: int = 37
    layers: int | None = None
    skips: bool = False
    guide: Literal["elite", "walk", "random"] = "elite"
    control: Annotated[str | None, Parameter(negative="--no-control")] = "random,known"
    n_seeds: int | None = None
    ensemble: str | None = None
    diversity: float = 1.0


@Parameter(name="*", group="Run")
@dataclass(frozen=True)
class MixRunOptions:
    """How to run.

    Attributes:
        seed: The same seed on one worker, or in strict order, is the same search.
        seeds: How many studies, with the seeds --seed, --seed + 1 and so on.
        workers: How many candidates train at once. Without, one for each processor core.
        executor: Where they train: processes, or another one of `cellcolony list executors`.
        cluster: Where the executors dask and mpi find their workers.
        order: How results are told to the search; strict is the same for any number of workers.
        out: The run directory to write; it must not exist. Without, runs/ with date and time.
        observe: Who observes as well: tensorboard, tensorboard=FOLDER, mlflow, mlflow=URI, or
            another one of `cellcolony list observers`. May be repeated.
    """

    seed: int = 0
    seeds: int = 1
    workers: int | None = None
    executor: str | None = None
    cluster: ClusterOptions = ClusterOptions()
    order: Literal["arrival", "strict"] = "arrival"
    out: Path | None = None
    observe: tuple[str, ...] = ()


def mix(
    *runs: str,
    train: list[str] | None = None,
    valid: list[str] | None = None,
    test: list[str] | None = None,
    mixing: MixOptions = MixOptions(),
    run: MixRunOptions = MixRunOptions(),
    gpus: GpuOptions = GpuOptions(),
) -> None:
    """Mix the nodes of several searches in the layers of one language model.

    Text, model and training are those of the runs; the best node of all is the rival.

    Args:
        runs: Run directories of evolve-node that differ in their seeds.
        train: Where the training text lies now, if it has moved. May be repeated.
        valid: The same of the text to choose on. May be repeated.
        test: The same of the text to test on. May be repeated.
        mixing: What is mixed.
        run: How to run.
        gpus: Where candidates, the rival and final trainings compute.
    """
    from cellcolony.runs.mixing import mixing_study

    check_extra()
    out = place_for(run.out, run.seeds)
    moved = {"train": train, "valid": valid, "test": test}
    study = mixing_study(
        runs, top=_share(mixing.top), n_diverse=mixing.diverse, groups=mixing.groups,
        layers=mixing.layers, skips=mixing.skips, guide=mixing.guide, control=mixing.control,
        n_seeds=mixing.n_seeds, judge=_judge(mixing), seed=run.seed, order=run.order,
        files={split: tuple(names) for split, names in moved.items() if names},
    )  # fmt: skip
    budget = (f"{mixing.networks}networks",)
    run_study(
        study,
        budget=budget,
        seeds=run.seeds,
        out=out,
        workers=run.workers,
        executor=run.cluster.place(run.executor),
        observers=run.observe,
        **asdict(gpus),
    )


def _judge(mixing: MixOptions) -> Judge | None:
    from cellcolony.judges.added import AddedFitness

    if mixing.ensemble is None:
        if mixing.diversity != MixOptions.diversity:
            raise ConfigError("`--diversity` weighs what is added to an ensemble: give --ensemble.")
        return None
    return AddedFitness(ensemble=mixing.ensemble, diversity=mixing.diversity)


def _share(text: str) -> float:
    number, percent, rest = text.partition("%")
    try:
        value = float(number)
    except ValueError:
        rest = "?"
        value = 0.0
    if rest:
        raise ConfigError(f"`--top` must be a share of the nodes: 10% or 0.1. Got {text!r}.")
    return value / 100 if percent else value
