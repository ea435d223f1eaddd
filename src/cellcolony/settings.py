"""Settings: frozen dataclasses whose values pydantic checks, and how tables are read into them.

A settings class says of each field what it may be, as an annotation:

    @settings
    class Walk:
        n_ants: Annotated[int, Ge(1), Le(1_000)] = 16
        rate: Share = 0.5
        mode: Annotated[str, OneOf(("steady", "late"))] = "steady"

Constructing it with a value that does not fit raises a `ConfigError` in one sentence form:
"`n_ants` must be a whole number of at least 1. Got 0." Checks across fields belong in its
`__post_init__`, which runs after each field was checked. Nothing is converted, but for lists, which
are taken for tuples, and whole numbers, which are taken for floats.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, Field, asdict, dataclass, field, fields, is_dataclass, replace
from functools import cache, partial
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    TypeVar,
    Union,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from annotated_types import BaseMetadata, Ge, Gt, Le

from cellcolony.errors import ConfigError, brief, did_you_mean

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")
MOST = 10**15
"""The largest count, size or number of seconds in a file of a run."""
WIDEST_INTERVAL = 1e6
"""Up to this bound a message names both ends of a number's range."""


@dataclass(frozen=True)
class Words:
    """Says what a value must be, where the annotation alone would not say it well."""

    text: str


@dataclass(frozen=True)
class Called:
    """Gives a field the name by which users know it: that of an option."""

    name: str


@dataclass(frozen=True)
class Rule:
    """A condition that a value of the right type must meet.

    Attributes:
        fits: The condition.
        must: What the value must do, as in "`cells` must {name each member once}".
    """

    fits: Callable[[Any], bool]
    must: str


@dataclass(frozen=True)
class OneOf:
    """A text that is one of some names; another is answered with the nearest."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """A text that names something.

    Attributes:
        look_up: Raises `ConfigError` where there is nothing of that name: `SPECIES.__getitem__`.
    """

    look_up: Callable[[str], object]


@dataclass(frozen=True)
class Before:
    """Changes a value before it is checked."""

    change: Callable[[Any], Any]


class InfAndNan:
    """Lets a number be infinite, or not a number."""


DISTINCT = Rule(lambda given: len(set(given)) == len(given), "name each member once")
OneOrMore = Annotated[int, Ge(1), Le(100_000)]
ZeroOrMore = Annotated[int, Ge(0), Le(100_000)]
Positive = Annotated[float, Gt(0), Le(1e100)]
"""The end of the range keeps sums and products of settings finite."""
NotNegative = Annotated[float, Ge(0), Le(1e100)]
Share = Annotated[float, Ge(0), Le(1)]
Number = Annotated[float, InfAndNan(), Words("a number")]
Count = Annotated[int, Ge(0), Le(MOST), Words("a whole number from 0 to 1e15")]
Amount = Annotated[float, Ge(0), Le(MOST), Words("a number from 0 to 1e15")]
"""`Count` and `Amount` are for files of runs, which somebody else may have written."""


@dataclass_transform(frozen_default=True, field_specifiers=(field, Field))
def settings(cls: type[T]) -> type[T]:
    """Make a class a frozen dataclass that checks the values that it is given.

    Values that are the defaults are not checked: they cost nothing, and a test checks them all. The
    class keeps the bare types as annotations, for the command line and others that read them.
    """
    hints = get_type_hints(cls, include_extras=True)
    cls.__annotations__ = {name: _rebuilt(hint, _note_of_others) for name, hint in hints.items()}
    check_all: Callable[[Any], None] | None = cls.__dict__.get("__post_init__")

    def check_fields(self: Any) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if value is not one.default:
                object.__setattr__(self, one.name, checked(cls, one.name, value))
        if check_all is not None:
            check_all(self)

    cls.__post_init__ = check_fields  # pyright: ignore[reportAttributeAccessIssue]
    made = dataclass(frozen=True)(cls)
    own = {one.name: hints[one.name] for one in fields(made)}  # pyright: ignore[reportArgumentType]
    made.__settings_hints__ = own  # pyright: ignore[reportAttributeAccessIssue]
    return made


def checked(cls: type, name: str, value: Any, lax: bool = False) -> Any:
    """Return what a field of a settings class holds where it is given a value.

    Args:
        cls: The class.
        name: The field.
        value: What is given.
        lax: Whether a text that says a number or a flag is taken for it.

    Raises:
        ConfigError: The value does not fit.
    """
    from pydantic import ValidationError

    try:
        return _adapter(cls, name).validate_python(value, strict=not lax)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, ConfigError):
        raise ConfigError(str(cause)) from None
    hint, called = hints_of(cls)[name], name
    for key in fault["loc"]:  # a value in a table is named by its own key
        if not (isinstance(value, Mapping) and key in value):
            break
        called, hint, value = str(key), get_args(_type_and_notes(hint)[0])[1], value[key]
    kind, notes = _type_and_notes(hint)
    called = next((note.name for note in notes if isinstance(note, Called)), called)
    must = str(cause) if cause and not _options(kind) else _must(kind, notes, fault)
    near = [n for one in (hint, *_options(kind)) for n in _names(*_type_and_notes(one))]
    cure = did_you_mean(value, near) if near and isinstance(value, str) else ""
    raise ConfigError(f"`{called}` must {must}. Got {brief(value)}.{cure}")


def hints_of(cls: type) -> dict[str, Any]:
    """Return what each field of a settings class may be, in order."""
    return cls.__settings_hints__  # pyright: ignore[reportAttributeAccessIssue]


@cache
def _adapter(cls: type, name: str) -> TypeAdapter[Any]:
    from pydantic import ConfigDict, TypeAdapter

    config = ConfigDict(strict=True, allow_inf_nan=False, arbitrary_types_allowed=True)
    return TypeAdapter(_rebuilt(hints_of(cls)[name], _pydantic_note, _pydantic_type), config=config)


def _rebuilt(
    hint: Any, note_of: Callable[[Any], Any], type_of: Callable[[Any], Any] = lambda kind: kind
) -> Any:
    """Return an annotation with each note and each type changed; a note of None is left out."""
    kind, inside = get_origin(hint), get_args(hint)
    if kind is Annotated:
        notes = [note for note in map(note_of, hint.__metadata__) if note is not None]
        bare = _rebuilt(inside[0], note_of, type_of)
        return Annotated[bare, *notes] if notes else bare
    generic = cast("Any", Union if kind is types.UnionType else kind)
    if any(generic is one for one in (Union, ClassVar, tuple, dict, Mapping)):
        parts = tuple(p if p is Ellipsis else _rebuilt(p, note_of, type_of) for p in inside)
        return type_of(generic[parts[0] if len(parts) == 1 else parts])
    return type_of(hint)


def _note_of_others(note: Any) -> Any:
    ours = (BaseMetadata, Words, Called, Rule, OneOf, Known, Before, InfAndNan)
    return None if isinstance(note, ours) else note


def _pydantic_note(note: Any) -> Any:
    from pydantic import AfterValidator, AllowInfNan, BeforeValidator

    match note:
        case OneOf(names):
            return _pydantic_note(Rule(names.__contains__, f"be {_listed(names)}"))
        case Rule():
            return AfterValidator(partial(_meeting, note))
        case Known(look_up):
            return AfterValidator(lambda name: (look_up(name), name)[1])
        case Before(change):
            return BeforeValidator(change)
        case InfAndNan():
            return AllowInfNan()
        case Words() | Called():
            return None
    return note


def _meeting(rule: Rule, value: Any) -> Any:
    if not rule.fits(value):
        raise ValueError(rule.must)
    return value


def _pydantic_type(kind: Any) -> Any:
    from pydantic import BeforeValidator

    if get_origin(kind) is tuple:
        to_tuple = BeforeValidator(lambda given: tuple(given) if type(given) is list else given)
        return Annotated[kind, to_tuple]
    if isinstance(kind, type) and is_dataclass(kind):  # it has checked itself
        is_one = Rule(lambda given: isinstance(given, kind), f"be {kind.__name__}")
        return Annotated[Any, _pydantic_note(is_one)]
    return kind


def _options(kind: Any) -> list[Any]:
    """Return the alternatives of a union other than None; of another type, none."""
    is_union = get_origin(kind) in (Union, types.UnionType)
    return [one for one in get_args(kind) if one is not types.NoneType] if is_union else []


def _type_and_notes(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return the type and the notes of an annotation; of `X | None`, those of X."""
    kind, notes = hint, ()
    if get_origin(hint) is Annotated:
        kind, notes = get_args(hint)[0], hint.__metadata__
    if len(options := _options(kind)) == 1:
        kind, inner = _type_and_notes(options[0])
        notes = (*notes, *inner)
    return kind, notes


def _names(kind: Any, notes: tuple[Any, ...]) -> tuple[str, ...]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    return next((note.names for note in notes if isinstance(note, OneOf)), ())


def _must(kind: Any, notes: tuple[Any, ...], fault: Mapping[str, Any]) -> str:
    told = any(isinstance(note, Words) for note in notes)
    is_too_large = fault["type"].startswith("less_than") and not _options(kind)
    if told or not is_too_large or _is_interval(kind, _bounds(notes)):
        return f"be {_words(kind, notes)}"
    ((key, most),) = fault["ctx"].items()
    written = f"{most:,}" if isinstance(most, int) else f"{most:g}"
    return f"be {'at most' if key == 'le' else 'below'} {written}"


def words_of(hint: Any) -> str:
    """Say what a value must be, by an annotation: "a whole number of at least 1"."""
    return _words(*_type_and_notes(hint))


def _words(kind: Any, notes: tuple[Any, ...]) -> str:
    for note in notes:
        if isinstance(note, Words):
            return note.text
    if names := _names(kind, notes):
        return _listed(names)
    if options := _options(kind):
        return " or ".join(map(words_of, options))
    if kind in (int, float):
        return _number_words(kind, _bounds(notes))
    if get_origin(kind) is tuple:
        of, _ = _type_and_notes(get_args(kind)[0])
        plural = {str: "texts", int: "whole numbers", float: "finite numbers"}.get(of, "tables")
        return f"a list of {plural}"
    return {bool: "true or false", str: "a text"}.get(kind, "a table")


def _bounds(notes: tuple[Any, ...]) -> dict[str, float]:
    return {k: getattr(n, k) for n in notes for k in ("ge", "gt", "le", "lt") if hasattr(n, k)}


def _is_interval(kind: Any, bounds: Mapping[str, float]) -> bool:
    high = bounds.get("le", bounds.get("lt", math.inf))
    return kind is float and len(bounds) == 2 and high <= WIDEST_INTERVAL


def _number_words(kind: type, bounds: Mapping[str, float]) -> str:
    if _is_interval(kind, bounds):
        low = f"[{bounds['ge']:g}" if "ge" in bounds else f"({bounds['gt']:g}"
        high = f"{bounds['le']:g}]" if "le" in bounds else f"{bounds['lt']:g})"
        return f"a number in {low}, {high}"
    name = "a whole number" if kind is int else "a finite number"
    if "ge" in bounds:
        return f"{name} of at least {bounds['ge']:,}"
    return f"{name} above {bounds['gt']:g}" if "gt" in bounds else name


def _listed(names: Sequence[str]) -> str:
    quoted = [repr(name) for name in names]
    return " or ".join([*([", ".join(quoted[:-1])] if quoted[1:] else []), quoted[-1]])


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
        value, kind = table[name], _type_and_notes(hint)[0]
        if (
            isinstance(kind, type)
            and is_dataclass(kind)
            and value is not None
            and not isinstance(value, kind)
        ):
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
    classes = {name: getattr(members[name], "settings", members[name]) for name in names}
    if tag not in table and base is not None:
        return read(type(base), table, where, base, (tag, *ignore))
    name, must = table.get(tag), _listed(names)
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
