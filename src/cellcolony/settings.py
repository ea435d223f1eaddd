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

import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, Field, asdict, dataclass, field, fields, is_dataclass, replace
from functools import cache
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

from annotated_types import BaseMetadata, Ge, Gt, Le, Lt, MinLen

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

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import PydanticCustomError, core_schema

        def check(value: Any) -> Any:
            if not self.fits(value):
                raise PydanticCustomError("rule", "{must}", {"must": self.must})
            return value

        return core_schema.no_info_after_validator_function(check, handler(source))


@dataclass(frozen=True)
class OneOf:
    """A text that is one of some names; another is answered with the nearest."""

    names: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return Rule(self.names.__contains__, f"be {self.words}").__get_pydantic_core_schema__(
            source, handler
        )

    @property
    def words(self) -> str:
        """The names, quoted."""
        return _listed([repr(name) for name in self.names])


@dataclass(frozen=True)
class Known:
    """A text that names something.

    Attributes:
        look_up: Raises `ConfigError` where there is nothing of that name: `SPECIES.__getitem__`.
    """

    look_up: Callable[[str], object]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        def check(name: str) -> str:
            self.look_up(name)
            return name

        return core_schema.no_info_after_validator_function(check, handler(source))


@dataclass(frozen=True)
class Before:
    """Changes a value before it is checked."""

    change: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(self.change, handler(source))


class InfAndNan:
    """Lets a number be infinite, or not a number."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.float_schema(allow_inf_nan=True)


_NOTES = (BaseMetadata, Words, Called, Rule, OneOf, Known, Before, InfAndNan)


def _are_distinct(values: Collection[Any]) -> bool:
    return len(set(values)) == len(values)


DISTINCT = Rule(_are_distinct, "name each member once")
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
    cls.__annotations__ = {
        name: _rebuilt(hint, lambda note: not isinstance(note, _NOTES))
        for name, hint in hints.items()
    }
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
    hint = hints_of(cls)[name]
    called = next((note.name for note in _notes(hint) if isinstance(note, Called)), name)
    for key in fault["loc"]:
        if not (isinstance(value, Mapping) and key in value):
            break
        called, hint, value = str(key), get_args(_type_of(hint))[1], value[key]
    near = [
        n for one in _branches(hint) for note in _notes(one) for n in getattr(note, "names", ())
    ]
    cure = did_you_mean(value, near) if near and isinstance(value, str) else ""
    must = _must(hint, fault["type"], fault.get("ctx", {}))
    raise ConfigError(f"`{called}` must {must}. Got {brief(value)}.{cure}")


def hints_of(cls: type) -> dict[str, Any]:
    """Return what each field of a settings class may be, in order."""
    return cls.__settings_hints__  # pyright: ignore[reportAttributeAccessIssue]


def _rebuilt(
    hint: Any, keeps: Callable[[Any], bool], change: Callable[[Any], Any] = lambda part: part
) -> Any:
    """Return an annotation with some of its notes, and each part of it changed."""
    kind, inside = get_origin(hint), get_args(hint)
    if kind is Annotated:
        bare = _rebuilt(inside[0], keeps, change)
        kept = [note for note in hint.__metadata__ if keeps(note)]
        return Annotated[bare, *kept] if kept else bare
    generic = cast("Any", Union if kind is types.UnionType else kind)
    if any(generic is one for one in (Union, ClassVar, tuple, dict, Mapping)):
        parts = tuple(one if one is Ellipsis else _rebuilt(one, keeps, change) for one in inside)
        return change(generic[parts[0] if len(parts) == 1 else parts])
    return change(hint)


@cache
def _adapter(cls: type, name: str) -> TypeAdapter[Any]:
    from pydantic import ConfigDict, TypeAdapter

    config = ConfigDict(strict=True, allow_inf_nan=False, arbitrary_types_allowed=True)
    return TypeAdapter(_rebuilt(hints_of(cls)[name], bool, _as_taken), config=config)


def _as_taken(part: Any) -> Any:
    """Return a part of an annotation as pydantic shall take it: lists for tuples too."""
    from pydantic import BeforeValidator

    if get_origin(part) is tuple:
        to_tuple = BeforeValidator(lambda given: tuple(given) if type(given) is list else given)
        return Annotated[part, to_tuple]
    if isinstance(part, type) and is_dataclass(part):  # it has checked itself
        return Annotated[Any, Rule(lambda given: isinstance(given, part), f"be {part.__name__}")]
    return part


def _branches(hint: Any) -> list[Any]:
    """Return the alternatives of a union other than None, or the annotation itself."""
    inner = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if get_origin(inner) in (Union, types.UnionType):
        return [one for one in get_args(inner) if one is not type(None)]
    return [hint]


def _notes(hint: Any) -> tuple[Any, ...]:
    """Return what an annotation says beside the type; of `X | None`, what it says of X."""
    own = hint.__metadata__ if get_origin(hint) is Annotated else ()
    branches = _branches(hint)
    return own + (_notes(branches[0]) if branches[0] is not hint and len(branches) == 1 else ())


def _bound(hint: Any, kind: type, key: str) -> Any:
    return next((getattr(note, key) for note in _notes(hint) if isinstance(note, kind)), None)


def _must(hint: Any, fault: str, context: Mapping[str, Any]) -> str:
    if len(_branches(hint)) > 1:
        return f"be {words_of(hint)}"
    if fault == "rule":
        return context["must"]
    told = any(isinstance(note, Words) for note in _notes(hint))
    if fault in ("less_than_equal", "less_than") and not told and not _has_two_ends(hint):
        most = context.get("le", context.get("lt"))
        written = f"{most:,}" if isinstance(most, int) else f"{most:g}"
        return f"be at most {written}" if fault == "less_than_equal" else f"be below {written}"
    return f"be {words_of(hint)}"


def _has_two_ends(hint: Any) -> bool:
    high = _bound(hint, Le, "le")
    high = _bound(hint, Lt, "lt") if high is None else high
    is_float = _type_of(_branches(hint)[0]) is float
    return is_float and high is not None and high <= WIDEST_INTERVAL


def _type_of(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def words_of(hint: Any) -> str:
    """Say what a value must be, by an annotation: "a whole number of at least 1"."""
    notes = _notes(hint)
    for note in notes:
        if isinstance(note, Words):
            return note.text
    branches = _branches(hint)
    if len(branches) > 1:
        return _listed([part for one in branches for part in _parts(one)])
    kind = _type_of(branches[0])
    if kind in (int, float):
        return _number_words(hint, kind)
    return _listed(_parts(branches[0]))


def _parts(hint: Any) -> list[str]:
    """Return the alternatives that an annotation which is no union allows."""
    for note in _notes(hint):
        if isinstance(note, OneOf):
            return [repr(name) for name in note.names]
    kind = _type_of(hint)
    if kind in (int, float):
        return [_number_words(hint, kind)]
    if get_origin(kind) is Literal:
        return [repr(one) for one in get_args(kind)]
    if get_origin(kind) is tuple:
        of = _type_of(get_args(kind)[0])
        plain = {str: "texts", int: "whole numbers", float: "finite numbers"}
        plural = "tables" if is_dataclass(of) or get_origin(of) else plain.get(of, "values")
        return [f"a list of {'one or more ' if _bound(hint, MinLen, 'min_length') else ''}{plural}"]
    return [{bool: "true or false", str: "a text"}.get(kind, "a table")]


def _number_words(hint: Any, kind: type) -> str:
    least, above = _bound(hint, Ge, "ge"), _bound(hint, Gt, "gt")
    if _has_two_ends(hint) and not (least is None and above is None):
        most, below = _bound(hint, Le, "le"), _bound(hint, Lt, "lt")
        low = f"({above:g}" if least is None else f"[{least:g}"
        return f"a number in {low}, {f'{below:g})' if most is None else f'{most:g}]'}"
    name = "a whole number" if kind is int else "a finite number"
    if least is None and above is None:
        return name
    return f"{name} above {above:g}" if least is None else f"{name} of at least {least:,}"


def _listed(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} or {parts[-1]}" if len(parts) > 1 else parts[0]


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
        value, kind = table[name], _type_of(_branches(hint)[0])
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
    name, must = table.get(tag), _listed([repr(one) for one in names])
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
