"""The command line: each command reads its options, calls the library and prints.

One file a command: it holds a function of the same name, which imports what is heavy when it is
called.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING

from cellcolony.cli.streams import make_streams_safe, terminated_like_interrupted
from cellcolony.errors import CellcolonyError, ObserverWarning
from cellcolony.version import VERSION
from cellcolony.wording import printable

if TYPE_CHECKING:
    from cyclopts import App

MOST_COLUMNS = 100
"""Of the help, however wide the terminal is."""
COMMANDS = {
    "check": "Look at files as a search would, and say what was understood of them; nothing is "
    "trained.",
    "search": "Search for a recurrent network that forecasts columns of CSV or Parquet files.",
    "resume": "Go on with a study where it was killed or interrupted, or give an ended one a "
    "larger budget.",
    "watch": "Watch how a study stands until it ends, from another terminal; Ctrl-C leaves it "
    "alone.",
    "replay": "Repeat a study in the order that its journal keeps; it must end in the same state.",
    "show": "Show what a study found: how it compares with its rivals, the front, the equations.",
    "lineage": "Show the ancestors of any candidate of a study: how each was made, and its loss.",
    "cite": "Print BibTeX of the methods, cells and measures that a study used.",
    "report": "Write what a study or a league found as one HTML file, which any browser opens.",
    "draw": "Draw the best network or node of a study, the cells of its model, or any cells.",
    "predict": "Forecast every row of a CSV file with the best network of a run.",
    "export": "Write the best that a run has found so that it can be used without this program.",
    "compare": "Compare runs of any kind: settings, errors, sizes, and a test over seeds.",
    "battery": "Run a battery of experiments: many configurations of a study, each with several "
    "seeds.",
    "league": "Run the same study on many tasks, each with several seeds, and compare over all of "
    "them.",
    "reproduce": "Print tables and figures of a paper from its experiments, which are run again.",
    "worker": "Work for searches on a Dask cluster, until Ctrl-C or until the scheduler is gone.",
    "slurm": "Print a batch file for SLURM that carries out a command on several machines.",
    "list": "List what there is to choose from by name: what it is, and its source.",
    "demo": "Search on a series made on the spot, in about a minute; needs no file.",
    "bench": "Measure how fast one thread of this machine trains networks; needs no file.",
    "evolve_node": "Evolve a recurrent node for a text, and compare it with rivals.",
    "mix": "Mix the nodes of several searches in the layers of one language model.",
    "scale_up": "Find the settings of a large language model by a grid, and train it for long.",
    "train_lm": "Train a language model whose recurrent layers are made of any cell.",
    "train_meta": "Fit predictors of what trainings end at, from their first marks, for --judge "
    "meta.",
    "ensemble": "Choose an ensemble of the final trainings of several runs, to search for what "
    "adds to it.",
    "generate": "Write a text with a language model of a run.",
    "score": "Score a text that a language model of a run has never seen.",
}
"""In the order of the help, and what each does: so the help of all imports none of them."""
HELP = "Evolve memory cells, and the recurrent networks that they form."
CHOOSING = ("search", "league", "evolve_node")
"""Commands that take the options of a method and of a judge: functions of the line's words."""
ERROR, INTERRUPTED = 2, 130
LONGEST_LINE = 2000
"""Characters of a line of an error: a name from elsewhere can be of any length."""


def build(words: Sequence[str]) -> App:
    """Return the command line, with the one command alone that the words name.

    `--method` and `--judge` among the words decide what that takes.

    Raises:
        ConfigError: There is no such method or judge.
    """
    from cyclopts import App, Parameter

    app = App(
        name="cellcolony",
        help=HELP,
        version=f"cellcolony {VERSION}",
        default_parameter=Parameter(negative_iterable=()),
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    named = [one for one in COMMANDS if [one.replace("_", "-")] == [*words[:1]]]
    for place, name in enumerate(named or COMMANDS):
        command = getattr(import_module(f"cellcolony.cli.{name}"), name)
        if name in CHOOSING:
            command = command(words if named else ())
        if isinstance(command, App):  # it has commands of its own
            command.sort_key = place
            app.command(command)
        else:
            app.command(command, sort_key=place)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, 2 for an error, 130 for Ctrl-C."""
    words = sys.argv[1:] if arguments is None else [*arguments]  # `list` is a command
    make_streams_safe()
    try:
        with terminated_like_interrupted():
            return _run(words)
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR
    except (CellcolonyError, OSError) as error:
        return _fail(str(error))
    except MemoryError:
        return _fail(
            "There is not enough memory. Files that were written are whole; give the program more "
            "(`ulimit -v` may limit it), or train fewer candidates at once (--workers)."
        )
    except KeyboardInterrupt as error:
        print(*getattr(error, "__notes__", ()), "Interrupted.", sep="\n", file=sys.stderr)
        return INTERRUPTED


def _run(words: Sequence[str]) -> int:
    """Carry out a command line; return its exit status.

    Raises:
        CellcolonyError, OSError, MemoryError, KeyboardInterrupt: It could not be carried out.
    """
    if words in ([], ["--help"], ["-h"]):
        print(overview(), end="")
        sys.stdout.flush()
        return 0
    if words == ["--version"]:
        print(f"cellcolony {VERSION}", flush=True)
        return 0
    from cyclopts import CycloptsError  # it takes longer to import than to print the help

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ObserverWarning)  # it is told beside the progress
            build(words)(words, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        return _fail(f"{error} See --help.")
    sys.stdout.flush()
    return 0


def overview() -> str:
    """Return the help of the program: a line for each command."""
    width = max(map(len, COMMANDS)) + 2
    lines = ["Usage: cellcolony COMMAND", "", HELP, "", "Commands:"]
    told = {
        **{name.replace("_", "-"): summary for name, summary in COMMANDS.items()},
        "--help": "What a command takes: cellcolony COMMAND --help.",
        "--version": "The version of the program.",
    }
    indent = " " * (width + 2)
    columns = min(get_terminal_size().columns, MOST_COLUMNS)
    for name, summary in told.items():
        first = f"  {name:{width}}"
        lines += wrap(summary, columns, initial_indent=first, subsequent_indent=indent)
    return "\n".join(lines) + "\n"


def _fail(message: str) -> int:
    lines = [line[:LONGEST_LINE] for line in f"Error: {message}".split("\n")]
    print(printable("\n".join(lines)), file=sys.stderr)
    return ERROR
