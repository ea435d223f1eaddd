"""Make a class a frozen dataclass whose values pydantic checks."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, is_dataclass
from functools import cache, partial
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    TypeVar,
    Union,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from annotated_types import BaseMetadata

from cellcolony.errors import ConfigError, brief, did_you_mean
from cellcolony.settings.annotations import Before, Called, InfAndNan, Known, OneOf, Rule, Words
from cellcolony.settings.words import listed, must_of, names_of, options_of, type_and_notes

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")


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
        called, hint, value = str(key), get_args(type_and_notes(hint)[0])[1], value[key]
    kind, notes = type_and_notes(hint)
    called = next((note.name for note in notes if isinstance(note, Called)), called)
    must = str(cause) if cause and not options_of(kind) else must_of(kind, notes, fault)
    near = [n for one in (hint, *options_of(kind)) for n in names_of(*type_and_notes(one))]
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
            return _pydantic_note(Rule(names.__contains__, f"be {listed(names)}"))
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
