"""Read settings and records from tables, and name a fault by table, key and value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, asdict, fields, is_dataclass, replace
from typing import Any, TypeVar, get_args, get_origin

from cellcolony.errors import ConfigError, brief, did_you_mean
from cellcolony.settings.checking import checked, hints_of
from cellcolony.settings.words import listed, type_and_notes, words_of

T = TypeVar("T")


@contextmanager
def faults_at(where: str) -> Iterator[None]:
    """Put a place in front of a fault that is found meanwhile.

    Raises:
        ConfigError: A fault was found.
    """
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error


def refuse_unknown(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Check that no key of a table is unknown.

    Raises:
        ConfigError: One is; the message names the nearest known one.
    """
    known = tuple(known)
    for key, value in table.items():
        if key not in known:
            raise ConfigError(
                f"{where}: there is no setting `{key}` (it is {brief(value)})."
                + did_you_mean(key, known)
            )


def read(
    cls: type[T],
    table: Mapping[str, Any],
    where: str,
    base: T | None = None,
    ignore: Collection[str] = (),
) -> T:
    """Return settings that a table names, and a base's, or the defaults, for the rest.

    Args:
        cls: The settings class. Fields that hold settings are tables within the table.
        table: A table of TOML or JSON.
        where: What the table is called in an error: its file and its name.
        base: Where settings come from that the table does not name.
        ignore: Keys of the table that are none of the settings.

    Raises:
        ConfigError: A key is unknown or missing, or a value does not fit.
    """
    _check_is_table(table, where)
    refuse_unknown(table, (*hints_of(cls), *ignore), where)
    return _made(cls, table, where, base, read)


def record(cls: type[T], values: Mapping[str, Any], where: str, lax: bool = False) -> T:
    """Return a record of a file that somebody else may have written: a line, a row, a table.

    Args:
        cls: The settings class that says what a record holds. Other keys are not looked at.
        values: The record.
        where: What it is called in an error: its file and line.
        lax: Whether a text that says a number is taken for it, and an empty text for a missing
            value, as in the rows of a CSV file.

    Raises:
        ConfigError: A value is missing or does not fit.
    """
    _check_is_table(values, where)
    if lax:
        given = {key: values[key] for key in hints_of(cls) if values.get(key) not in (None, "")}
        with faults_at(where):
            values = {key: checked(cls, key, value, lax=True) for key, value in given.items()}
    return _made(cls, values, where, None, record)


def _check_is_table(table: object, where: str) -> None:
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where} must be a table. Got {brief(table)}.")


def _made(
    cls: type[T], table: Mapping[str, Any], where: str, base: T | None, inner: Callable[..., Any]
) -> T:
    given: dict[str, Any] = {}
    for one in fields(cls):  # pyright: ignore[reportArgumentType]
        name, hint = one.name, hints_of(cls)[one.name]
        if name not in table:
            if base is None and one.default is MISSING and one.default_factory is MISSING:
                must = words_of(hint)
                raise ConfigError(f"{where}: `{name}` is missing; it must be {must}.")
            continue
        value, kind = table[name], type_and_notes(hint)[0]
        if isinstance(kind, type) and is_dataclass(kind) and not isinstance(value, kind | None):
            if not isinstance(value, Mapping):
                raise ConfigError(f"{where}: `{name}` must be a table. Got {brief(value)}.")
            extra = {} if inner is record else {"base": getattr(base, name, None)}
            value = inner(kind, value, f"{where}, [{name}]", **extra)
        elif get_origin(kind) is tuple and is_dataclass(of := get_args(kind)[0]):
            if not (isinstance(value, list) and all(isinstance(item, Mapping) for item in value)):
                raise ConfigError(
                    f"{where}: `{name}` must be a list of tables. Got {brief(value)}."
                )
            value = tuple(inner(of, one, f"{where}, {name} {i}") for i, one in enumerate(value, 1))
        given[name] = value
    with faults_at(where):
        if base is None:
            return cls(**given)
        return replace(base, **given)  # pyright: ignore[reportArgumentType, reportCallIssue]


def read_tagged(
    members: Mapping[str, Any] | Any,
    table: Mapping[str, Any],
    where: str,
    tag: str = "name",
    base: Any = None,
    ignore: Collection[str] = (),
) -> Any:
    """Return settings whose class is named in their table.

    Args:
        members: Settings classes by name, or what has such a class as its `settings`: a mapping, or
            a registry.
        table: A table with the key `tag`.
        where: What the table is called in an error.
        tag: The key that names the class.
        base: Where other settings come from, if it is of that class; its class where the table
            names none.
        ignore: Keys of the table that are none of the settings.

    Raises:
        ConfigError: The name or a key is unknown or missing, or a value does not fit.
    """
    _check_is_table(table, where)
    names = tuple(members) if isinstance(members, Mapping) else members.names()
    found = {name: members[name] for name in names}
    classes = {name: one if isinstance(one, type) else one.settings for name, one in found.items()}
    if tag not in table and base is not None:
        return read(type(base), table, where, base, (tag, *ignore))
    name, must = table.get(tag), listed(names)
    if tag not in table:
        raise ConfigError(f"{where}: `{tag}` is missing; it must be {must}.")
    if not isinstance(name, str) or name not in classes:
        cure = did_you_mean(name, names) if isinstance(name, str) else ""
        raise ConfigError(f"{where}: `{tag}` must be {must}. Got {brief(name)}.{cure}")
    cls = classes[name]
    return read(cls, table, where, base if type(base) is cls else None, (tag, *ignore))


def plain(instance: Any) -> dict[str, Any]:
    """Return settings as TOML and JSON have them: lists for tuples, and no key whose value is None.

    `read` makes equal settings of them.
    """
    return _plain(asdict(instance))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items() if one is not None}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value
