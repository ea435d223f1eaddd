"""Files that use what a study has found without this program: one format a file.

A format registers a `Format`, which says what it can write. `exportable.py` says what there is to
write, `contents.py` what of a network is shown; `templates/` holds source code as it is written,
and `source.py` fills it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from cellcolony.errors import ConfigError
from cellcolony.registry import Registry
from cellcolony.store.files import write_output
from cellcolony.store.writing import writing

if TYPE_CHECKING:
    from cellcolony.runs.ensemble import Which
    from cellcolony.runs.result import Result

DEFAULT_NAME = "model"
"""What a file in a folder is called that is named without one."""

Write: TypeAlias = Callable[[Any, str], Mapping[str, str | bytes]]
"""Returns what is written, by the files' suffixes, from what is exported and the files' name."""

Tell: TypeAlias = Callable[[Any, Path], Iterable[str]]
"""Returns lines about what was written, from what is exported and the main file."""
SINGLE = "float32"
"""The precision of formats that name none."""


@dataclass(frozen=True)
class Format:
    """An export format.

    Attributes:
        suffix: How its main file ends: ".py".
        summary: What it is, in a few words.
        writers: How it writes what it can write, by the class: see `exportable.py`.
        has_intervals: Whether forecasts can have intervals in it.
        tell: Says what was found out about written files, in lines: what they take, for instance.
            It is given what was exported and the main file. None for nothing.
    """

    suffix: str
    summary: str
    writers: Mapping[type, Write]
    tell: Tell | None = None
    has_intervals: bool = False


EXPORTS: Registry[Format] = Registry("export format", "cellcolony.export", "cellcolony.exports")


def export(
    result: Result,
    to: str,
    out: str | PathLike[str],
    model: str | None = None,
    number: Which = None,
    seed: int | None = None,
    interval: float | None = None,
) -> tuple[Path, ...]:
    """Write what a study has found so that it can be used without this program.

    Args:
        result: A study: see `exportable.exportable_of` for what is written of it.
        to: The format, "numpy" for instance.
        out: As for `write`.
        model: Which of the models with a final training; None for the best by validation.
        number: A network or node of the front, without a final training; None for the best.
        seed: The seed of the final training; None for the first.
        interval: The share of what comes that is to lie within the intervals around forecasts;
            None for forecasts alone.

    Returns:
        The files that were written, the main one first.

    Raises:
        ConfigError: There is no such format, or it cannot write this.
        GenomeError: The network has an output that no input reaches.
        RunError: There is no such model or number, or a file cannot be read or written.
    """
    from cellcolony.export.exportable import exportable_of

    _ = EXPORTS[to]  # raises before a large file is read
    return write(exportable_of(result, model, number, seed, interval), to, out)


def write(what: Any, to: str, out: str | PathLike[str]) -> tuple[Path, ...]:
    """Write something in a format.

    Args:
        what: One of the classes of `exportable.py`.
        to: The format.
        out: A file with the format's suffix, or a folder, which gets a file `model`. What stands
            there is written over; a folder that is missing is made. Each file is written whole or
            not at all.

    Returns:
        The files that were written, the main one first.

    Raises:
        ConfigError: There is no such format, the message names the nearest one; it cannot write
            this; or `out` has another suffix.
        GenomeError: The network has an output that no input reaches.
        RunError: A file cannot be written.
    """
    chosen = EXPORTS[to]
    if type(what) not in chosen.writers:
        able = [name for name in EXPORTS.names() if type(what) in EXPORTS[name].writers]
        raise ConfigError(
            f"The format {to!r} cannot write a {what.noun}. Formats that can: {', '.join(able)}."
        )
    if getattr(what, "interval", None) is not None and not chosen.has_intervals:
        able = [name for name in EXPORTS.names() if EXPORTS[name].has_intervals]
        raise ConfigError(
            f"The format {to!r} has no intervals. Formats that have: {', '.join(able)}."
        )
    main = _main_file(Path(out), chosen.suffix)
    contents = chosen.writers[type(what)](what, main.stem)
    files = {main.with_suffix(suffix): content for suffix, content in contents.items()}
    with writing(main.parent):
        main.parent.mkdir(parents=True, exist_ok=True)
    for path, content in reversed(files.items()):  # the source last, which reads the others
        write_output(path, content)
    return tuple(files)


def in_precision(to: str, precision: str) -> str:
    """Return the name of a format's variant of a precision: `c-int16` is `c` in int16.

    Raises:
        ConfigError: There is no such format.
    """
    name = to if precision == SINGLE else f"{to}-{precision}"
    if name not in EXPORTS.names() and to in EXPORTS.names():
        known = [one for one in EXPORTS.names() if one.startswith(f"{to}-")]
        precisions = [SINGLE, *(one.removeprefix(f"{to}-") for one in known)]
        raise ConfigError(
            f"The format {to!r} is written in {' or '.join(precisions)}. Got {precision!r}."
        )
    _ = EXPORTS[name]
    return name


def _main_file(out: Path, suffix: str) -> Path:
    if out.is_dir() or not out.suffix:
        return out / f"{DEFAULT_NAME}{suffix}"
    if out.suffix != suffix:
        raise ConfigError(
            f"`out` must end in {suffix}, or be a folder (make it first if its name has a dot). "
            f"Got {out}."
        )
    return out


__all__ = ["EXPORTS", "Format", "export", "in_precision", "write"]
