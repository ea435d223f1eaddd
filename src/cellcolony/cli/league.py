"""`cellcolony league`: the same study on many tasks, and who wins over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cyclopts import App

from cellcolony.cli.cells import name_cells
from cellcolony.cli.choosing import METHOD, at_commas, with_settings
from cellcolony.cli.interrupts import Interrupts
from cellcolony.cli.options import LEAGUE, LeagueOptions
from cellcolony.cli.preset import fill_in_preset
from cellcolony.cli.printing import print_parts
from cellcolony.errors import RunError
from cellcolony.wording import count


def _league(
    file: Path,
    /,
    *,
    preset: str = "default",
    method: str = METHOD,
    judge: str | None = None,
    protocol: str | None = None,
    control: str | None = None,
    rivals: list[str] | None = None,
    only: list[str] | None = None,
    part: str = "1/1",
    run: LeagueOptions = LeagueOptions(),
    settings: Any = None,
    judge_settings: Any = None,
) -> None:
    """Run the same study on many tasks, each with several seeds, and compare over all of them.

    Ctrl-C ends the search under way, and no other run begins; a kill loses no more than a kill of
    that run does. The same command goes on with what is left, and on a finished league it makes the
    tables again, as `cellcolony report` does. Each run is an ordinary run directory.

    Args:
        file: A TOML file with a table for each task: `files`, `target`, and what else a search
            takes of data (`horizon`, `inputs`, `valid`, `test`, `time`, ...). Names of files are
            relative to it.
        preset: Settings under a name, such as paper, or a TOML file of your own: those of the
            method, the protocol and the scale that neither the command line nor a task gives.
        method: The method of search; its settings are options too: see `--method NAME --help`, and
            `cellcolony list methods`.
        judge: How much training a candidate gets: see `cellcolony list judges`. Without, what suits
            the method.
        protocol: How networks are trained: modern, or paper as published. Without, as the preset
            says, or modern.
        control: random: afterwards let random search over the same space have as much time, or try
            as many candidates where the budget counts them. off, for the method taps: the same
            with the search off. Both with a comma between.
        rivals: Whom to compare with, by name, such as ridge,GRU or examm,neat,fixed. Other methods
            of search get as much training as the search. May be repeated.
        only: The tasks to run, by name, such as narma30,coal. Without, all. May be repeated.
        part: Which part of the runs, such as 2/5 where five processes, which may be on machines
            that share the folder, share the work.
        run: How long to search, and where to.
        settings: The settings of the method.
        judge_settings: The settings of the judge.
    """
    from cellcolony.report.league import write_league_files
    from cellcolony.report.league.watch import watch_league
    from cellcolony.report.terminal import report
    from cellcolony.runs.league import read_league, run_league
    from cellcolony.runs.part import Part

    league = read_league(
        file, settings, budget=run.budget, seeds=run.seeds, preset=preset, training=protocol,
        judge=judge_settings, control=control, rivals=None if rivals is None else at_commas(rivals),
        **run.of_study,
    )  # fmt: skip
    out, interrupts = run.out or LEAGUE, Interrupts()
    with watch_league() as observe:
        failed = run_league(
            league, out, only=at_commas(only or ()), part=Part.parse(part), workers=run.workers,
            executor=run.cluster.place(run.executor), on_event=interrupts.then(observe),
            observers=run.observe,
        )  # fmt: skip
    print_parts(report(write_league_files(out, failed)))
    interrupts.tell("the same command runs what is missing")
    if failed:
        reasons = "\n".join(f"{one.task}, seed {one.seed}: {one.failure}" for one in failed)
        raise RunError(f"{count(len(failed), 'run')} failed.\n{reasons}")


def league(words: Sequence[str]) -> App:
    """Return the command, with the options of the method and the judge that the words name.

    Raises:
        ConfigError: There is no such method, judge or preset.
    """
    command = App(
        name="league", help_format="markdown", config=(fill_in_preset, name_cells)
    )  # fmt: skip
    command.default(with_settings(_league, words))
    return command
