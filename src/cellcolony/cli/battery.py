"""`cellcolony battery`: a grid of configurations, each run several times."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from cellcolony.cli.options import GpuOptions
from cellcolony.cli.printing import print_parts
from cellcolony.errors import ConfigError


@Parameter(name="*", group="Data, instead of the battery's")
@dataclass(frozen=True)
class DataOptions:
    """What is learned, where the battery's file does not say so, or says something else.

    Attributes:
        target: A column to forecast. May be repeated.
        valid: A file or pattern to choose on. May be repeated.
        test: A file or pattern to touch once, at the end. May be repeated.
        inputs: A column to read. May be repeated.
        ignore: A column not to read. May be repeated.
        time: A column of times: never an input, and its steps must be equal.
        horizon: How many rows ahead to forecast.
        scale: How columns are scaled: minmax, zscore, unit or none.
        fill: How missing values are filled: previous or interpolate.
        sep: The character between fields; tab for a tab.
        decimal: The decimal mark.
        encoding: The encoding, such as latin-1.
        na: What a missing value is written as, beside the usual. May be repeated.
        tokens: How a text is cut; files are then texts.
        vocabulary: How many tokens a model of a text knows.
    """

    target: list[str] | None = None
    valid: list[str] | None = None
    test: list[str] | None = None
    inputs: list[str] | None = None
    ignore: list[str] | None = None
    time: str | None = None
    horizon: int | str | None = None
    scale: str | None = None
    fill: str | None = None
    sep: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    na: list[str] | None = None
    tokens: str | None = None
    vocabulary: int | None = None


def battery(
    battery: str,
    files: list[str] | None = None,
    /,
    *,
    data: DataOptions | None = None,
    demo: Annotated[bool, Parameter(negative=())] = False,
    repeats: int | None = None,
    seed: int | None = None,
    budget: list[str] | None = None,
    part: str = "1/1",
    workers: int | None = None,
    gpus: GpuOptions = GpuOptions(),
    out: Path | None = None,
    rank_by: Literal["valid", "test"] = "valid",
    observe: tuple[str, ...] = (),
) -> None:
    """Run a battery of experiments: many configurations of a study, each with several seeds.

    Ctrl-C or a kill loses what is under way. The same command, or the folder's name alone, goes on
    with what is left; on a finished battery it prints the tables at once.

    Args:
        battery: A battery's TOML file, the name of one that comes with the program, or the folder
            of one that was begun.
        files: Training files, or patterns in quotes, instead of those of the battery: tables, or
            texts where the battery is one of texts.
        data: What is learned, instead of what the battery says.
        demo: Forecast the series of `cellcolony demo` instead of the battery's data.
        repeats: How often each configuration is run, instead of what the battery says.
        seed: The seed of the first repeat, instead of the battery's.
        budget: When each search ends, instead of what the battery says. May be repeated.
        part: Which part of the runs, such as 2/5 where five processes, which may be on machines
            that share the folder, share the work.
        workers: How many runs at once. Without, one for each processor core.
        gpus: Where language models compute; with cuda each run has one GPU.
        out: The folder to write, or to continue. Without, the folder that was named, or one under
            runs/ that is called like the battery.
        rank_by: By which error the tables rank configurations.
        observe: Who observes each run: tensorboard, tensorboard=FOLDER, mlflow, mlflow=URI, or
            another one of `cellcolony list observers`. May be repeated.
    """
    from cellcolony.report.battery import battery_report, battery_tables, write_battery_files
    from cellcolony.report.battery.watch import watch_battery
    from cellcolony.runs.battery import read_battery, run_battery
    from cellcolony.runs.battery.folder import BATTERY, Folder, stored_battery
    from cellcolony.runs.part import WHOLE, Part

    given = {"files": files, **(asdict(data) if data is not None else {})}
    options = {key: value for key, value in given.items() if value is not None}
    given = {"repeats": repeats, "seed": seed, "budget": budget, "data": options or None}
    overrides = {key: value for key, value in given.items() if value is not None}
    if demo and options:
        raise ConfigError(f"`demo` excludes other data. Got {', '.join(options)} as well.")
    if demo:
        overrides["data"] = "demo"
    share = Part.parse(part)
    folder = Path(battery)
    if out is None and (folder / BATTERY).is_file():
        plan, path = stored_battery(folder, overrides), folder
    else:
        plan = read_battery(battery, overrides)
        path = Path("runs") / plan.name if out is None else out
    left: KeyboardInterrupt | None = None
    try:
        with watch_battery() as shown:
            records = run_battery(
                plan,
                path,
                part=share,
                workers=workers,
                on_event=shown.observe,
                observers=observe,
                **asdict(gpus),
            )
    except KeyboardInterrupt as error:  # the tables tell what is finished, and what is left
        if not (path / BATTERY).is_file():
            raise
        left, records = error, Folder.open(path, plan).records
        same = "" if share == WHOLE else f" --part {share.number}/{share.n}"
        left.add_note(f"To go on: cellcolony battery {shlex.quote(str(path))}{same}")
    tables = battery_tables(plan, records, rank_by)
    print_parts(battery_report(plan, records, tables))
    if records:
        written = write_battery_files(plan, records, tables, path)
        print(f"Written to {path}: {', '.join(file.name for file in written)}")
    if left is not None:
        raise left
