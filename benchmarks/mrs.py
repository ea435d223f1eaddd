"""How well MRS, screening by random weights, ranks networks: Spearman's correlation with training.

    python benchmarks/mrs.py [N_NETWORKS] [N_ROWS]    # or --quick

For three data sets, all scaled to [0, 1] as the score supposes, random search draws networks; each
is screened by 100 sets of weights and trained for 10 epochs of the modern protocol, without
residual output. It prints the correlation of the score with the lowest validation loss, and, as
what a plain guess is worth, that of the number of weights. CELLCOLONY_DATA names the data.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from cellcolony.judges.full import FullTraining
from cellcolony.judges.mrs import Screening
from cellcolony.judges.training.caps import Caps
from cellcolony.judges.training.networks import begin_for_forecast
from cellcolony.networks.protocol import protocol
from cellcolony.networks.warm_up import warm_up
from cellcolony.search.ants import AntSwarm
from cellcolony.search.random import RandomSearch, RandomWalk
from cellcolony.seeds import rng_for
from cellcolony.tasks.forecast import Forecast

DATA = {
    "coal": ("coal/burner_0.csv", "Main_Flm_Int"),
    "c172": ("series/c172_1.csv", "E1_EGT1"),
    "wind": ("series/wind_2.csv", "P_avg"),
}


def main() -> None:
    words = ["2", "4000"] if sys.argv[1:] == ["--quick"] else sys.argv[1:]
    n_networks, n_rows = (int(word) for word in (*words, "40", "4000")[:2])
    folder = Path(os.environ["CELLCOLONY_DATA"])
    training = replace(protocol("modern"), residual=False)
    swarm = AntSwarm()
    warm_up([*swarm.cells, "linear"])
    print("data     n   score ~ trained loss   n_weights ~ trained loss   ms to screen   to train")
    for name, (file, target) in DATA.items():
        frame = pd.read_csv(folder / file).iloc[:n_rows]
        task = Forecast.from_frames(frame, target, scale="minmax")

        def train(task=task, **options):
            return begin_for_forecast(task, training, 0, Caps(), (), **options)

        stop = np.zeros(1, np.uint8)
        screen, judge = Screening().begin(train)(stop), FullTraining().begin(train)(stop)
        problem = _problem(task)
        search = RandomWalk.start(
            RandomSearch(replace(swarm, second_training=0)), problem, rng_for(0, -1, "start")
        )
        rows = []
        for number in range(n_networks):
            candidate = search.ask(number, rng_for(0, number, "ask"))
            began = time.perf_counter()
            screened = screen(candidate)
            middle = time.perf_counter()
            trained = judge(candidate)
            search.tell(number, trained)
            if screened.failure is None and trained.failure is None:
                seconds = middle - began, time.perf_counter() - middle
                rows.append((screened.guide, trained.loss, candidate.genome.n_weights, *seconds))
        guide, loss, size, screening, full = np.array(rows).T
        by_score, by_size = spearmanr(guide, loss), spearmanr(size, loss)
        print(
            f"{name:6} {len(rows):3}   {by_score.statistic:+.2f} (p {by_score.pvalue:.3f})"
            f"         {by_size.statistic:+.2f} (p {by_size.pvalue:.3f})"
            f"            {1e3 * np.median(screening):8.1f}   {1e3 * np.median(full):8.1f}",
            flush=True,
        )


def _problem(task: Forecast):
    return Forecast.facts(task.describe(), "[task]").problem("linear")


if __name__ == "__main__":
    main()
