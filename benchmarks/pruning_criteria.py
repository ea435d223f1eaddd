"""Which edges a pruned network should lose: those of small weights, or those that matter little.

    python benchmarks/pruning_criteria.py OUT.csv [--seeds 4] [--share 0.85] [--updates 300]
                                          [NAMES...]

Of each series the first 85 % alone are read, which leaves its test rows out, and are split like a
series of its own. Of 24 openers the best four after 300 updates are trained nine times as long;
then each loses 35 % of its edges and is trained three times as long, again and again, until its
loss is half above where it began: once by the weights alone, once by weights times gradients, as
the program does it. Validation chooses the epoch, and the rows after it measure. Prints how much
the best network of at most so many weights differs: the mean and the median of the ratio of its
errors, and in how many of the chains it is lower. Series and seeds that OUT.csv holds are not
computed again. CELLCOLONY_DATA names the data. One thread.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from development import Development, asked_of, error_of
from measured import add_row, rows_of

from cellcolony.contract import Candidate
from cellcolony.judges.training.networks import NetworkTraining
from cellcolony.networks.warm_up import warm_up
from cellcolony.search.taps import Taps
from cellcolony.search.taps.contender import Contender
from cellcolony.search.taps.openers import openers
from cellcolony.search.taps.pruning import WORST, pruned
from cellcolony.search.taps.space import Space
from cellcolony.search.taps.weights import first_weights

N_OPENERS, N_BEST = 24, 4
EFFORT, PRUNED_EFFORT = 9, 3
WEIGHT, MATTER = "weight", "weight times gradient"
SIZES = 300, 200, 100, 50
HEAD = ("series", "share", "seed", "network", "criterion", "n_weights", "valid_mae", "later_mae")


def main() -> None:
    asked = asked_of(argparse.ArgumentParser(), seeds=4)
    for name in asked.names:
        _measure(name, asked)
    _tell(rows_of(asked.out))


def _measure(name: str, asked: argparse.Namespace) -> None:
    done = {(row["series"], row["share"], row["seed"]) for row in rows_of(asked.out)}
    rows = Development.of(name, asked)
    judge = rows.judge()
    space = Space(Taps(), rows.problem)
    warm_up((*space.settings.cells, "linear"), rows.protocol)
    for seed in range(asked.seeds):
        if (name, str(asked.share), str(seed)) in done:
            continue
        found = []
        for place, one in enumerate(_best(space, judge, np.random.default_rng(seed))):
            for criterion in (WEIGHT, MATTER):
                for smaller in _chain(judge, one, criterion):
                    network = smaller.network
                    errors = (f"{error_of(network, part):.6g}" for part in (rows.valid, rows.later))
                    size = int(network.live_weights.sum())
                    found.append((name, asked.share, seed, place, criterion, size, *errors))
        for row in found:  # all of a seed or none: a seed that is there is not computed again
            add_row(asked.out, HEAD, row)


def _best(space: Space, judge: NetworkTraining, rng: np.random.Generator) -> Iterator[Contender]:
    """Yield the best openers after a short training, each trained for longer."""
    columns = frozenset(range(len(space.problem.inputs)))
    tried = []
    for number, blueprint in enumerate(openers(space, columns, rng, False)[:N_OPENERS]):
        network = first_weights(blueprint, space.problem, space.start_of(blueprint), rng)
        one = Contender(
            number, network, blueprint, blueprint.rate, weight_decay=blueprint.weight_decay
        )
        if (trained := _trained(judge, one, 1)) is not None:
            tried.append(trained)
    for one in sorted(tried, key=lambda one: one.order)[:N_BEST]:
        if (trained := _trained(judge, one, EFFORT)) is not None:
            yield trained


def _chain(judge: NetworkTraining, one: Contender, criterion: str) -> Iterator[Contender]:
    """Yield the network that a contender is, and then smaller and smaller ones of it."""
    worst, now = WORST * one.loss, one
    while now is not None and now.loss <= worst:
        yield now
        rms = now.gradient_rms if criterion == MATTER else None
        network = pruned(now.network, Taps().cut, rms)
        if network is None:
            return
        now = _trained(judge, replace(now, network=network, blueprint=None), PRUNED_EFFORT)


def _trained(judge: NetworkTraining, one: Contender, effort: int) -> Contender | None:
    verdict = judge(
        Candidate(
            one.number, one.network, effort=effort, rate=one.rate, weight_decay=one.weight_decay,
            with_gradient_rms=True,
        )
    )  # fmt: skip
    return None if verdict.weights is None else one.trained(verdict)


def _tell(rows: list[dict[str, str]]) -> None:
    chains: dict[tuple[str, ...], list[tuple[int, float, float]]] = {}
    for row in rows:
        key = row["series"], row["share"], row["seed"], row["network"], row["criterion"]
        found = int(row["n_weights"]), float(row["valid_mae"]), float(row["later_mae"])
        chains.setdefault(key, []).append(found)
    print(f"{'weights':>8} {'chains':>7}  validation, and the rows after it: mean, median, lower")
    for most in SIZES:
        ratios = [
            np.log(np.divide(ours[1:], theirs[1:]))
            for key, chain in chains.items()
            if key[-1] == MATTER
            if (ours := _smallest(chain, most)) is not None
            if (theirs := _smallest(chains[*key[:-1], WEIGHT], most)) is not None
        ]
        if not ratios:
            continue
        each = (
            f"{100 * of.mean():+6.1f} % {100 * np.median(of):+6.1f} % {int((of < 0).sum()):4d}"
            for of in np.array(ratios).T
        )
        print(f"{most:8d} {len(ratios):7d}  {', '.join(each)}")


def _smallest(chain: list[tuple[int, float, float]], most: int) -> tuple[int, float, float] | None:
    """Return the best by validation of those of at most so many weights, if there is one."""
    return min((one for one in chain if one[0] <= most), key=lambda one: one[1], default=None)


if __name__ == "__main__":
    main()
