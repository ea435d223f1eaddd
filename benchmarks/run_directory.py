"""What a run directory costs: the master's time a candidate, resuming a long run, strict order.

    CELLCOLONY_DATA=... python benchmarks/run_directory.py master [--networks 2000] [--repeats 5]
    CELLCOLONY_DATA=... python benchmarks/run_directory.py resume runs/long [--networks 100000]
    CELLCOLONY_DATA=... python benchmarks/run_directory.py strict [--networks 200] [--repeats 2]

`master` and `resume` simulate training: losses are drawn, and weights moved at random.
`resume` makes the long run first, which takes minutes, and goes on with it where it was stopped.
The aims: 5 ms a candidate, at best 1; 20 s, at best 3; 90 % of the speed of arrival order.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from coal import burners, machine
from long_run import report_long_run
from numpy.typing import NDArray
from simulated import AtOnce, InThreads, clocks

from cellcolony import AntSwarm, Study, preset
from cellcolony.runs import recorder
from cellcolony.runs.events import Done, Event, SearchEnded, SearchStarted
from cellcolony.runs.front_files import FrontFiles
from cellcolony.runs.journal import Journal
from cellcolony.runs.ledger import Order
from cellcolony.runs.recorder import Recorder
from cellcolony.search.ants.search import AntSearch
from cellcolony.search.random import RandomSearch
from cellcolony.tasks.forecast import Forecast

WORKERS = 2
PARTS = {
    "ask": (AntSearch, "ask"),
    "tell": (AntSearch, "tell"),
    "journal": (Journal, "observe"),
    "checkpoints": (Recorder, "_save"),
    "front": (FrontFiles, "write"),
}
"""What is timed apart; the rest is the loop, the counts, and whether a network is on the front."""


def master(options: argparse.Namespace) -> None:
    """Time all that a candidate costs beside its training.

    What a change of the front costs, most of it the scores of the new network, is told apart: how
    often that happens depends on the losses, which are only drawn here.
    """
    recorder.SECONDS = 0.0  # a checkpoint each 500 candidates, as where those take five seconds
    task = burners("zscore", valid_files=False)
    print(
        f"{options.networks} networks, medians of {options.repeats} runs, ms a network. The loop's "
        f"processor time again where {WORKERS} threads judge. Parts: wall time.\n\n"
        "| colony, order | wall | processor | threads | "
        f"{' | '.join(PARTS)} | rest | a change of the front |"
    )
    print("|---" * (6 + len(PARTS)) + "|")
    for name in ("paper", "default"):
        for order in ("arrival", "strict"):
            runs = [_costs(task, preset(name).ants, order, options) for _ in range(options.repeats)]
            *costs, change = np.median(runs, axis=0)
            n_changes = round(costs[3 + list(PARTS).index("front")] * options.networks / change)
            print(
                f"| {name}, {order} | {' | '.join(f'{cost:.2f}' for cost in costs)} "
                f"| {n_changes} x {change:.0f} ms |",
                flush=True,
            )


def _costs(
    task: Forecast, ants: AntSwarm, order: Order, options: argparse.Namespace
) -> list[float]:
    """Return one run's row of the table, in ms."""
    n = options.networks
    executor = AtOnce()
    whole, parts = _searched(task, ants, order, executor, options.folder, n)
    whole -= executor.seconds + parts["front"][1:]
    of_parts = [float(parts[part][1]) for part in PARTS]
    rest = whole[0] - sum(of_parts) + parts["front"][1]
    with InThreads(WORKERS) as threads:
        apart, others = _searched(task, ants, order, threads, options.folder, n)
    apart -= others["front"][1:]
    change = 1000 * parts["front"][1] / parts["front"][0]
    return [*(1000 * s / n for s in (*whole, apart[1], *of_parts, rest)), change]


def _searched(
    task: Forecast, ants: AntSwarm, order: Order, executor: Executor, folder: Path, n: int
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Search, and return the master's wall and processor time, and how often and long each part."""
    began, ended = np.zeros(2), np.zeros(2)

    def watch(event: Event) -> None:
        if isinstance(event, SearchStarted):
            began[:] = clocks()
        elif isinstance(event, SearchEnded):
            ended[:] = clocks()

    with TemporaryDirectory(dir=folder) as parent, _parts_timed() as parts:
        _search(task, ants, order, f"{n} networks", watch, executor=executor, out=f"{parent}/run")
    return ended - began, parts


def _search(
    task: Forecast,
    search: AntSwarm | RandomSearch,
    order: Order,
    budget: str,
    watch: Callable[[Event], None],
    seed: int = 1,
    **settings: Any,
) -> None:
    study = Study.of(task, search, seed=seed, order=order)  # the search, and no other stage
    study.run(budget, workers=WORKERS, on_event=watch, **settings)


@contextmanager
def _parts_timed() -> Iterator[dict[str, NDArray[np.float64]]]:
    """Count the calls of each part, and sum up their wall and processor time."""
    sums = {part: np.zeros(3) for part in PARTS}
    plain = {part: getattr(*place) for part, place in PARTS.items()}
    for part, (kind, method) in PARTS.items():
        setattr(kind, method, _timed(plain[part], sums[part]))
    try:
        yield sums
    finally:
        for part, (kind, method) in PARTS.items():
            setattr(kind, method, plain[part])


def _timed(work: Callable[..., Any], sums: NDArray[np.float64]) -> Callable[..., Any]:
    def timed(*args: Any) -> Any:
        began = clocks()
        result = work(*args)
        sums[0] += 1
        sums[1:] += clocks() - began
        return result

    return timed


def strict(options: argparse.Namespace) -> None:
    """Compare the speed of both orders on 2 workers, taking turns.

    Random search without second trainings asks for the same networks in both orders: there the
    networks a second tell. A colony asks for others, of other sizes: there it is the share of the
    workers' time that is spent on training.
    """
    task = burners("zscore", valid_files=False)
    searches = {
        "random search": RandomSearch(AntSwarm(second_training=0)),
        "colony": AntSwarm(),
    }
    print(f"{options.networks} networks, {WORKERS} workers, strict / arrival in turns\n")
    print("| search | networks a second | share of time in training | ratios of both |")
    print("|---|---|---|---|")
    for name, search in searches.items():
        speeds: dict[Order, list[tuple[float, float]]] = {"strict": [], "arrival": []}
        for seed in range(options.repeats):
            for order in speeds:
                speeds[order].append(_speed(task, search, order, seed, options))
        slow, fast = np.array(speeds["strict"]), np.array(speeds["arrival"])
        of_each = [f"{a:.3f} / {b:.3f}" for a, b in np.median([slow, fast], axis=1).T]
        ratios = [f"{100 * ratio:.1f} %" for ratio in np.median(slow / fast, axis=0)]
        print(f"| {name} | {' | '.join(of_each)} | {', '.join(ratios)} |", flush=True)


def _speed(
    task: Forecast,
    search: AntSwarm | RandomSearch,
    order: Order,
    seed: int,
    options: argparse.Namespace,
) -> tuple[float, float]:
    """Return networks a second, and the share of the workers' time that is spent on training."""
    trained, seconds = [], []

    def watch(event: Event) -> None:
        if isinstance(event, Done):
            trained.append(event.evaluation.seconds)
        elif isinstance(event, SearchEnded):
            seconds.append(event.seconds)

    budget = f"{options.networks} networks"
    with TemporaryDirectory(dir=options.folder) as parent:
        _search(task, search, order, budget, watch, seed=seed, out=f"{parent}/run")
    return len(trained) / seconds[0], sum(trained) / (WORKERS * seconds[0])


def _file_system(folder: Path) -> str:
    """Return the kind of file system that a folder lies on, by the longest mount above it."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    path = folder.resolve()
    above = [(len(at), kind) for at, kind in mounts if path.is_relative_to(at)]
    return max(above)[1]


def resume(options: argparse.Namespace) -> None:
    """Time going on with a long run, from the start of a process to its first new network."""
    report_long_run(
        options.folder, options.preset, options.order, options.networks, options.repeats
    )


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    for measure, n_networks in ((master, 2000), (resume, 100_000), (strict, 200)):
        command = commands.add_parser(measure.__name__)
        command.set_defaults(measure=measure)
        command.add_argument("--networks", type=int, default=n_networks)
        command.add_argument("--repeats", type=int, default=2 if measure is strict else 5)
        if measure is resume:
            command.add_argument("folder", type=Path)
            command.add_argument("--preset", default="default")
            command.add_argument("--order", choices=("arrival", "strict"), default="arrival")
        else:
            command.add_argument("--folder", type=Path, default=Path())
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{machine()}; load {load}; {_file_system(options.folder)}\n")
    options.measure(options)


if __name__ == "__main__":
    main()
