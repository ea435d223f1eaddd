"""A battery whose runs take a moment, and records that never ran."""

import json
from importlib import import_module

import numpy as np
import pandas as pd

from cellcolony.runs.battery.plan import parse_battery
from cellcolony.runs.battery.record import Record
from cellcolony.runs.executors import working
from cellcolony.settings import plain

QUICK = """
repeats = 2
budget = "3 networks"
training = {epochs = 1, window = 20, lanes = 4}
baseline = "random"

[data]
files = "series.csv"
target = "wave"

[method]
name = "ants"
n_ants = 4
n_layers = 1
n_nodes_per_layer = 3
cells = ["simple"]

[[axis]]
name = "weights"
levels = [{label = "none", weights = "none"}, {label = "handed down", weights = "function"}]

[[configuration]]
label = "random"
method = "random"
"""
"""Six runs on the file that `write_series` writes."""
TEXT = """
repeats = 1
budget = "2 candidates"
training.model = {layers = 1, hidden = 4}
training.schedule = {parts = 1, scored = 1.0, batch = 4, steps = 5, learning_rate = 0.003}
baseline = "random"

[data]
train = "text.txt"
tokens = "words"
vocabulary = 50

[method]
name = "nodes"
population = 2
generations = 1

[[configuration]]
label = "evolution"

[[configuration]]
label = "random"
method = "random-trees"
"""
"""Two runs on the text that `write_text` writes."""


def write_text(folder):
    """Write text.txt, some 600 words of three sentences."""
    lines = ("the cat sat on the mat", "a dog ran to the cat", "the mat is on a dog")
    (folder / "text.txt").write_text("\n".join(lines[i * i % 3] for i in range(100)))


def write_series(folder, phase=0.0):
    """Write series.csv, 120 rows of `wave` and `other`."""
    time = np.arange(120) / 5 + phase
    frame = pd.DataFrame({"wave": 30 + 5 * np.sin(time), "other": np.cos(time)})
    frame.to_csv(folder / "series.csv", index=False)


def two_axes(n_first=4, n_second=3):
    """Return a battery of 12 configurations: letters by numbers."""
    letters = ", ".join(
        f'{{label = "{x}", n_ants = {i}}}' for i, x in enumerate("abcd"[:n_first], 1)
    )
    numbers = ", ".join(
        f'{{label = "{i}", max_skip = {i}, groups = ["{"odd" if i % 2 else "even"}"]}}'
        for i in range(1, n_second + 1)
    )
    text = f"""
budget = "1 network"
data = "demo"
repeats = 2
[[axis]]
name = "letter"
levels = [{letters}]
[[axis]]
name = "number"
levels = [{numbers}]
"""
    return parse_battery(text, "two.toml", {})


def record(label, repeat=0, valid=1.0, test=1.0, **values):
    """Return what a run found that never ran."""
    sizes = {"n_weights": 10, "n_hidden": 2, "n_edges": 5, "n_recurrent_edges": 1} | values
    return Record(label, {}, repeat, repeat, 1.0, 3, 0, "mae", None, valid, test, valid, **sizes)


def failed(label, repeat=0):
    """Return a run that failed."""
    return Record(label, {}, repeat, repeat, 1.0, 3, 3, "mae", failure="the training diverged")


def line_of(found):
    """Return what the file of results has for a run."""
    return json.dumps(plain(found))


def begin_in_threads(patched):
    """Let runs of batteries be carried out in this process from now on: they begin at once."""
    module = import_module("cellcolony.runs.battery.carry_out")
    patched.setattr(module, "working", lambda begin, _, n: working(begin, "threads", n))
