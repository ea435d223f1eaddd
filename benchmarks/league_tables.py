"""The tables of a league for RESULTS.md: its errors, and those of other people's tools beside them.

    python benchmarks/league_tables.py RUNS [PEERS.csv]

RUNS is what `cellcolony league` has written, PEERS.csv what `peers.py` has, with one seed. Errors
are test errors in the mean over the seeds; in brackets is the difference to the peer that is best
by validation.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from cellcolony.runs.league.standing import BEST_RIVAL, BEST_SINGLE, Standing, read_standing
from cellcolony.runs.model_kinds import OWN, OWN_ENSEMBLE

FIXED, OFF = "tuned fixed network", "search off"
COLUMNS = {
    "single network": OWN,
    "best single rival by validation": BEST_SINGLE,
    FIXED: FIXED,
    OFF: OFF,
    "ensemble": OWN_ENSEMBLE,
    "best rival by validation": BEST_RIVAL,
    f"ensemble, {OFF}": f"ensemble of {OFF}",
}
PEERS = {
    "lightgbm": "LightGBM",
    "recurrent": "darts, GRU or LSTM",
    "auto_arima": "AutoARIMA",
    "seasonal_naive": "seasonal naive",
}


def main() -> None:
    standing = read_standing(Path(sys.argv[1]))
    print(_row(("series", *COLUMNS)), "|---" * (1 + len(COLUMNS)) + "|", sep="\n")
    for task in standing.by_task:
        errors = (standing.error(task, key) for key in COLUMNS.values())
        print(_row((task, *map(_number, errors))))
    if len(sys.argv) > 2:
        _beside_peers(standing, Path(sys.argv[2]))


def _beside_peers(standing: Standing, path: Path) -> None:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = {(row["task"], row["peer"]): row for row in rows if row["valid_mae"]}
    head = ("series", "persistence", *PEERS.values(), "best by validation")
    print("", _row((*head, "our single network", "our ensemble")), sep="\n")
    print("|---" * (len(head) + 2) + "|")
    gaps: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for task in standing.by_task:
        own = {peer: found[task, peer] for peer in PEERS if (task, peer) in found}
        if not own:
            continue
        best = min(own, key=lambda peer: float(own[peer]["valid_mae"]))
        tests = {peer: float(row["test_mae"]) for peer, row in own.items()}
        cells = []
        for key in (OWN, OWN_ENSEMBLE):
            error = standing.error(task, key)
            assert error is not None
            for peer in (*own, "best"):
                gap = error / tests[best if peer == "best" else peer] - 1
                gaps.setdefault((key, peer), []).append((gap, task))
            cells.append(f"{error:.5g} ({error / tests[best] - 1:+.1%})".replace("%", " %"))
        persistence = _number(float(own[best]["persistence_mae"]))
        of_peers = (_number(tests.get(peer)) for peer in PEERS)
        print(_row((task, persistence, *of_peers, PEERS[best].partition(",")[0], *cells)))
    print()
    for (key, peer), some in gaps.items():
        worst, task = max(some)
        won = sum(gap < 0 for gap, _ in some)
        middle = median(gap for gap, _ in some)
        print(
            f"{key} against {peer}: {won} of {len(some)}, median {middle:+.1%}, "
            f"worst {worst:+.1%} ({task})"
        )


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.5g}"


if __name__ == "__main__":
    main()
