r"""Other people's tools on the league's tasks: the same rows, the same processor time.

    python -m venv /tmp/peers-venv
    /tmp/peers-venv/bin/pip install torch==2.13.0       # the build without CUDA: see below
    /tmp/peers-venv/bin/pip install -c constraints.txt -e . \
        lightgbm==4.7.0 statsforecast==2.0.1 darts==0.48.1 pytorch-lightning==2.6.6
    CELLCOLONY_DATA=... /tmp/peers-venv/bin/python benchmarks/peers.py --out peers.csv

Where pip would take torch with CUDA, ask for the CPU's build: 2.13.0+cpu.

Each task is read as `cellcolony league` reads it. A peer sees training and validation rows, and has
`--seconds` of processor time in one thread, without imports, to draw settings, fit and choose on
validation; then its choice is tested once. The error is that of `Forecast.score`, on the same rows
as every model of a league. Before a test counts, rows after a row are shuffled and its prediction
must stay. A line of the CSV that is there is not computed again: delete it to repeat it.

Peers: `lightgbm` on lags; `recurrent`, GRU and LSTM of darts; `auto_arima` and `seasonal_naive` of
statsforecast, without chance and so with the first seed alone.

Not here, and why: mlforecast and skforecast forecast from the end of a series, so that each of
thousands of scored rows would be a call; what they would add to LightGBM is its table of lags, and
that is made here. neuralforecast trains for all rows up to the horizon, where the last alone is
scored; darts can leave out the others.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import io
import os
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, fields
from multiprocessing import get_context
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from peer import Budget, Fitted, Peer, Predict, Problem
from peer_darts import recurrent
from peer_lightgbm import lightgbm
from peer_statsforecast import auto_arima, seasonal_naive
from pydantic import TypeAdapter

from cellcolony.networks.series import Series
from cellcolony.runs.league.plan import read_league, runs_of, wanted
from cellcolony.seeds import rng_for
from cellcolony.store.files import write_file
from cellcolony.tasks.forecast import Forecast

PEERS: dict[str, Peer] = {
    "lightgbm": Peer(lightgbm, "lightgbm"),
    "recurrent": Peer(recurrent, "darts.models.forecasting.block_rnn_model"),
    "auto_arima": Peer(auto_arima, "statsforecast.models", draws=False),
    "seasonal_naive": Peer(seasonal_naive, "statsforecast.models", draws=False),
}
N_THREADS = ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "NUMBA")
N_PROBED = 5
"""Rows after which all rows are shuffled, to see whether their predictions stay."""
TOLERANCE = 1e-4
"""In scaled units: a batch of one row is summed in another order than a batch of many."""


@dataclass(frozen=True)
class Job:
    """What a line of the CSV is about.

    Attributes:
        task: The task's name in the league.
        seed: What settings are drawn from.
        peer: One of `PEERS`.
        budget: Seconds of processor time.
    """

    task: str
    seed: int
    peer: str
    budget: float


@dataclass(frozen=True)
class Line(Job):
    """What a peer came to; errors are in the target's own units.

    Attributes:
        test_mae: The mean absolute error of its choice on the test rows; empty if it has none.
        valid_mae: On the validation rows.
        persistence_mae: What y(t + horizon) = y(t) comes to on the test rows.
        seconds: The processor time that it took to fit and choose.
        trials: How many models it chose from.
        chosen: The settings of its choice.
        notes: What failed, or was left out, and why.
    """

    test_mae: float | None = None
    valid_mae: float | None = None
    persistence_mae: float | None = None
    seconds: float | None = None
    trials: int = 0
    chosen: str = ""
    notes: str = ""

    @property
    def job(self) -> Job:
        """What it is about."""
        return Job(self.task, self.seed, self.peer, self.budget)


def measure(league: Path, job: Job) -> Line:
    """Fit and choose a peer, and test its choice."""
    plan = read_league(league)
    task = plan.tasks[job.task].load(plan.folder, **plan.usual)
    (target,) = task.columns.targets
    peer = PEERS[job.peer]
    importlib.import_module(peer.module)
    rng = rng_for(job.seed, 0, "ask")
    problem = Problem(
        train=task.series("train", residual=False),
        valid=task.series("valid", residual=False),
        own=task.columns.inputs.index(target),
        horizon=task.transform.horizon,
        lags=task.lags.lags,
        periods=task.lags.periods,
        rng=rng,
        budget=Budget(job.budget),
    )
    best: Fitted | None = None
    trials = 0
    for trials, fitted in enumerate(peer.fits(problem), 1):  # noqa: B007
        if best is None or fitted.error < best.error:
            best = fitted
    seconds = round(problem.budget.spent, 2)
    base = task.score("test", task.base("test")).mae[0]
    notes = "; ".join(problem.notes)
    if best is None:
        return Line(**asdict(job), persistence_mae=base, seconds=seconds, notes=notes)
    _check_reads_the_past_alone(best.predict, task.series("test", residual=False)[-1], rng)
    return Line(
        **asdict(job),
        test_mae=_mae(task, "test", best.predict),
        valid_mae=_mae(task, "valid", best.predict),
        persistence_mae=base,
        seconds=seconds,
        trials=trials,
        chosen=best.about,
        notes=notes,
    )


def _mae(task: Forecast, split: str, predict: Predict) -> float:
    """Return the mean absolute error of what is predicted on a split, in own units."""
    outputs: list[NDArray[np.floating]] = []
    for inputs, _, counts in task.series(split, residual=False):
        output, rows = np.full((len(counts), 1), np.nan), np.flatnonzero(counts)
        output[rows, 0] = predict(inputs, rows)
        outputs.append(output)
    return task.score(split, task.unscale(split, outputs, residual=False)).mae[0]


def _check_reads_the_past_alone(predict: Predict, series: Series, rng: np.random.Generator) -> None:
    """Check that predictions stay when all rows after theirs are shuffled and scaled.

    Raises:
        ValueError: One does not: the peer knows the future.
    """
    inputs, _, counts = series
    rows = np.flatnonzero(counts)[:200]
    before = predict(inputs, rows)
    for i in sorted(rng.choice(len(rows), N_PROBED, replace=False)):
        changed = inputs.copy()
        changed[rows[i] + 1 :] = 3 * rng.permutation(changed[rows[i] + 1 :]) + 1
        (after,) = predict(changed, rows[i : i + 1])
        if not abs(after - before[i]) <= TOLERANCE * max(1.0, abs(before[i])):
            raise ValueError(f"it reads ahead: {before[i]} becomes {after} at row {rows[i]}")


def attempt(league: Path, job: Job) -> Line:
    """Measure in a process of its own; what fails becomes a note."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(measure, league, job).result()
        except BrokenProcessPool:
            return Line(**asdict(job), notes="its process died")
        except Exception as error:  # of any library: the others go on, and the table says why
            traceback.print_exception(error)
            return Line(**asdict(job), notes=f"{type(error).__name__}: {error}".splitlines()[0])


def read_lines(path: Path) -> list[Line]:
    """Return what has been measured."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        rows = [{name: text for name, text in row.items() if text} for row in csv.DictReader(file)]
    return TypeAdapter(list[Line]).validate_python(rows)


def write_lines(path: Path, lines: Sequence[Line]) -> None:
    """Write all lines, whole or not at all."""
    text = io.StringIO()
    table = csv.DictWriter(text, [one.name for one in fields(Line)], lineterminator="\n")
    table.writeheader()
    table.writerows(asdict(line) for line in lines)
    write_file(path, text.getvalue())


def show(lines: Sequence[Line]) -> Iterator[str]:
    """Yield a table of test errors for each task, in the mean over seeds, and what is missing."""
    yield f"| task | persistence | {' | '.join(PEERS)} |\n|---|---|{'---|' * len(PEERS)}"
    for task in dict.fromkeys(line.task for line in lines):
        own = [line for line in lines if line.task == task]
        columns = [[line.persistence_mae for line in own]]
        columns += [[line.test_mae for line in own if line.peer == peer] for peer in PEERS]
        known = [[error for error in column if error is not None] for column in columns]
        cells = [f"{np.mean(errors):.5g}" if errors else "-" for errors in known]
        yield f"| {task} | {' | '.join(cells)} |"
    yield from (
        f"{line.task}, seed {line.seed}, {line.peer}: {line.notes}" for line in lines if line.notes
    )


def main() -> None:
    """Measure what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    data = Path(os.environ.get("CELLCOLONY_DATA", "."))
    parser.add_argument("--league", type=Path, default=data / "series" / "league.toml")
    parser.add_argument("--out", type=Path, default=Path("peers.csv"))
    parser.add_argument("--seconds", type=float, default=60.0, help="processor time of each line")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tasks", nargs="*", default=())
    parser.add_argument("--peers", nargs="*", default=tuple(PEERS), choices=tuple(PEERS))
    parser.add_argument("--workers", type=int, default=1, help="lines at a time")
    own = parser.parse_args()

    os.environ.update({f"{one}_NUM_THREADS": "1" for one in N_THREADS})  # processes inherit them
    tasks = wanted(read_league(own.league).tasks, own.tasks)
    jobs = [
        Job(task, seed, peer, own.seconds)
        for task, seed in runs_of(tasks, own.seeds, own.seed)
        for peer in own.peers
        if seed == own.seed or PEERS[peer].draws
    ]
    lines, lock = read_lines(own.out), Lock()
    done = {line.job for line in lines}

    def work(job: Job) -> None:
        line = attempt(own.league, job)
        with lock:
            lines.append(line)
            write_lines(own.out, lines)
            print(line, flush=True)

    with ThreadPoolExecutor(own.workers) as threads:
        list(threads.map(work, [job for job in jobs if job not in done]))
    of_these = set(jobs)
    print("\n".join(show([line for line in lines if line.job in of_these])))


if __name__ == "__main__":
    main()
