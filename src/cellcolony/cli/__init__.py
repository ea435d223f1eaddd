"""The command line: each command reads its options, calls the library and prints.

One file a command: it holds a function of the same name, which imports what is heavy when it is
called.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from cyclopts import App, CycloptsError, Parameter

from cellcolony.errors import CellcolonyError
from cellcolony.version import VERSION
from cellcolony.wording import printable

COMMANDS = (
    "check", "search", "resume", "watch", "replay", "show", "report", "draw", "predict", "export",
    "compare", "battery", "league", "reproduce", "list", "demo", "evolve_node", "train_lm",
    "generate", "score",
)  # fmt: skip
"""In the order of the help."""
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
    app = App(
        name="cellcolony",
        help="Evolve memory cells, and the recurrent networks that they form.",
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
    try:
        build(words)(words, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        return _fail(f"{error} See --help.")
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR
    except (CellcolonyError, OSError) as error:
        return _fail(str(error))
    except KeyboardInterrupt as error:
        print(*getattr(error, "__notes__", ()), "Interrupted.", sep="\n", file=sys.stderr)
        return INTERRUPTED
    return 0


def _fail(message: str) -> int:
    lines = [line[:LONGEST_LINE] for line in f"Error: {message}".split("\n")]
    print(printable("\n".join(lines)), file=sys.stderr)
    return ERROR
