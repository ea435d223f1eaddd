"""Read files of settings in TOML, and name a fault by file, table, key and value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from cellcolony.errors import ConfigError, brief, did_you_mean
from cellcolony.settings import MOST as MOST
from cellcolony.settings import read
from cellcolony.store import foreign


class Kind(NamedTuple):
    """What a value must be: in words, and as a test."""

    words: str
    fits: Callable[[Any], bool]


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(v, kind) for v in value)


def _is_amount(value: Any) -> bool:
    number = _is_whole(value) or isinstance(value, float)
    return number and 0 <= value <= MOST


TEXT = Kind("a text", lambda value: isinstance(value, str))
WHOLE = Kind("a whole number", _is_whole)
NUMBER = Kind("a number", lambda value: _is_whole(value) or isinstance(value, float))
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
TEXTS = Kind("a text or a list of texts", lambda value: isinstance(value, str) or _are(str)(value))
COUNT = Kind("a whole number from 0 to 1e15", lambda v: _is_whole(v) and 0 <= v <= MOST)
AMOUNT = Kind("a number from 0 to 1e15", _is_amount)
SHARE = Kind("a number from 0 to 1", lambda value: _is_amount(value) and value <= 1)
LIST = Kind("a list", lambda value: isinstance(value, list))
TEXT_LIST = Kind("a list of texts", _are(str))
TABLE = Kind("a table", lambda value: isinstance(value, dict))
TABLES = Kind("a list of tables", _are(dict))


@dataclass(frozen=True)
class TomlTable:
    """A table of a file, from which values are taken one by one.

    Attributes:
        values: What stands in it.
        where: The file, and the table's name in it.
    """

    values: Mapping[str, Any]
    where: str

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def check_keys(self, known: Iterable[str]) -> None:
        """Check that no key is unknown.

        Raises:
            ConfigError: One is; the message names the nearest known one.
        """
        known = tuple(known)
        for key, value in self.values.items():
            if key not in known:
                raise ConfigError(
                    f"{self.where}: there is no setting `{key}` (it is {brief(value)})."
                    + did_you_mean(key, known)
                )

    @contextmanager
    def names_faults(self) -> Iterator[None]:
        """Put this table's place in front of a fault that is found meanwhile.

        Raises:
            ConfigError: A fault was found.
        """
        try:
            yield
        except ConfigError as error:
            raise ConfigError(f"{self.where}: {error}") from error

    def take(self, key: str, kind: Kind, default: Any = MISSING) -> Any:
        """Return a value.

        Raises:
            ConfigError: It is missing and has no default, or is of another kind.
        """
        if key not in self.values:
            if default is MISSING:
                raise ConfigError(f"{self.where}: `{key}` is missing; it must be {kind.words}.")
            return default
        value = self.values[key]
        if not kind.fits(value):
            raise ConfigError(f"{self.where}: `{key}` must be {kind.words}. Got {brief(value)}.")
        return value

    def texts(self, key: str, default: Any = MISSING) -> tuple[str, ...]:
        """Return one text, or a list of texts, as several."""
        value = self.take(key, TEXTS, default)
        return (value,) if isinstance(value, str) else tuple(value)

    def table(self, key: str) -> TomlTable:
        """Return a table within this one; an empty one where it is missing."""
        return TomlTable(self.take(key, TABLE, {}), f"{self.where}, [{key}]")

    def tables(self, key: str) -> list[TomlTable]:
        """Return a list of tables within this one, counted from 1 in what they are called."""
        listed = self.take(key, TABLES, [])
        return [TomlTable(one, f"{self.where}, {key} {i}") for i, one in enumerate(listed, 1)]


def parse_toml(text: str, where: str) -> TomlTable:
    """Return a file's whole table.

    Raises:
        ConfigError: The text is no TOML, or tables are nested too deeply.
    """
    try:
        return TomlTable(foreign.parse_toml(text), where)
    except ValueError as error:
        raise ConfigError(f"{where}: expected TOML: {error}.") from error


def read_text(path: Path, within: Path | None = None) -> str:
    """Return what stands in a file of settings.

    Args:
        path: The file.
        within: The folder that it must not lead out of by a link.

    Raises:
        ConfigError: It cannot be read, is too large, or leads out of the folder.
    """
    try:
        return foreign.read_regular(path, foreign.LARGEST_SETTINGS, within).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"{path}: the file cannot be read: {reason}.") from error


Plain = TypeVar("Plain")


def settings_from(table: TomlTable, base: Plain, others: Collection[str] = ()) -> Plain:
    """Return settings that a table names, and a base's for the rest.

    Args:
        table: The table.
        base: Settings; see `cellcolony.settings`.
        others: Keys of the table that are none of its settings.

    Raises:
        ConfigError: A key is unknown, or a value is of another type or one that the setting cannot
            have.
    """
    return read(type(base), table.values, table.where, base, others)
