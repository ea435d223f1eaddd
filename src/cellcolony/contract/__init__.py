"""The contracts between the parts of a study, as prose and types.

A study is a task, a method, a judge and stages. The *task* holds the data, and says how a genome
of each kind is trained for it. The *method* of search proposes genomes: `ask` gives a candidate,
`tell` takes in what became of it. The *judge* decides how much training a candidate gets: on a
worker it turns a candidate into an `Evaluation`, and on the master its `Referee` may promote a
candidate to more training. *Stages* follow each other: the search, its control, rivals, final
trainings, scores.
"""

from cellcolony.contract.candidate import (
    START_FROM,
    Candidate,
    Evaluation,
    Genome,
    Memory,
    Start,
    n_trainings,
)
from cellcolony.contract.judge import Begin, Judge, Referee, StopFlag, Training, Work
from cellcolony.contract.measure import Measure
from cellcolony.contract.problem import LinearStart, LinearView, Problem, Tap
from cellcolony.contract.search import DONE, WAIT, Search, Signal

__all__ = [
    "DONE",
    "START_FROM",
    "WAIT",
    "Begin",
    "Candidate",
    "Evaluation",
    "Genome",
    "Judge",
    "LinearStart",
    "LinearView",
    "Measure",
    "Memory",
    "Problem",
    "Referee",
    "Search",
    "Signal",
    "Start",
    "StopFlag",
    "Tap",
    "Training",
    "Work",
    "n_trainings",
]
