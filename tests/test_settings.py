"""Settings classes: what they refuse, in which words, and what they read from tables."""

import math
import pickle
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, asdict, field, fields, replace
from typing import Annotated, Any, ClassVar, get_type_hints

import pytest
from annotated_types import Ge, Gt, Le, Lt
from hypothesis import given
from hypothesis import strategies as st

from cellcolony import AntSwarm, ModelSettings, NodeEvolution, Protocol, Schedule
from cellcolony.errors import ConfigError
from cellcolony.judges.training.caps import Caps
from cellcolony.layers.dropout import Dropout
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.recipe import Recipe
from cellcolony.registry import Registry
from cellcolony.search.methods import METHODS
from cellcolony.settings import (
    DISTINCT,
    Amount,
    Before,
    Called,
    Count,
    Known,
    Number,
    OneOf,
    OneOrMore,
    Positive,
    Rule,
    Share,
    Words,
    checked,
    hints_of,
    plain,
    read,
    read_tagged,
    record,
    settings,
)
from cellcolony.tasks.tables import CsvFormat


def known(name: str) -> None:
    if name != "gru":
        raise ConfigError(f"There is no cell {name!r}. Did you mean 'gru'?")


@settings
class Inner:
    """Settings within settings."""

    size: OneOrMore = 3
    share: Share = 0.5


@settings
class Outer:
    """One field of each kind."""

    n: Annotated[int, Ge(1), Le(100)]
    rate: Positive = 1.0
    open_rate: Annotated[float, Gt(0), Lt(1)] = 0.5
    mode: Annotated[str, OneOf(("steady", "late"))] = "steady"
    weights: Share | Annotated[str, OneOf(("function", "none"))] = "none"
    names: Annotated[tuple[str, ...], DISTINCT] = ()
    cells: tuple[Annotated[str, Known(known)], ...] = ("gru",)
    limit: Annotated[int, Gt(0), Called("most_steps")] | None = None
    flag: bool = False
    inner: Inner = Inner()
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: tuple[Inner, ...] = ()
    any_number: Number = 0.0
    even: Annotated[int, Rule(lambda n: n % 2 == 0, "be even")] = 2
    sep: Annotated[str, Before(lambda sep: "\t" if sep == "tab" else sep)] = ","
    rows: Annotated[int, Words("a whole number of rows")] = 1
    kind: ClassVar[str] = "outer"

    def __post_init__(self) -> None:
        if self.n == 13:
            raise ConfigError("`n` must not be 13 here.")


WRONG = [
    ({"n": 0}, "`n` must be a whole number of at least 1. Got 0."),
    ({"n": True}, "`n` must be a whole number of at least 1. Got True."),
    ({"n": "3"}, "`n` must be a whole number of at least 1. Got '3'."),
    ({"n": 2.0}, "`n` must be a whole number of at least 1. Got 2.0."),
    ({"n": None}, "`n` must be a whole number of at least 1. Got None."),
    ({"n": 101}, "`n` must be at most 100. Got 101."),
    ({"n": 13}, "`n` must not be 13 here."),
    ({"rate": 0}, "`rate` must be a finite number above 0. Got 0."),
    ({"rate": math.nan}, "`rate` must be a finite number above 0. Got nan."),
    ({"rate": math.inf}, "`rate` must be a finite number above 0. Got inf."),
    ({"rate": True}, "`rate` must be a finite number above 0. Got True."),
    ({"rate": "1"}, "`rate` must be a finite number above 0. Got '1'."),
    ({"rate": 1e200}, "`rate` must be at most 1e+100. Got 1e+200."),
    ({"open_rate": 1}, "`open_rate` must be a number in (0, 1). Got 1."),
    ({"mode": "stedy"}, "`mode` must be 'steady' or 'late'. Got 'stedy'. Did you mean 'steady'?"),
    ({"mode": 3}, "`mode` must be 'steady' or 'late'. Got 3."),
    (
        {"weights": "functon"},
        "`weights` must be a number in [0, 1] or 'function' or 'none'. Got 'functon'. "
        "Did you mean 'function'?",
    ),
    ({"weights": 2.0}, "`weights` must be a number in [0, 1] or 'function' or 'none'. Got 2.0."),
    ({"names": "ab"}, "`names` must be a list of texts. Got 'ab'."),
    ({"names": {"a"}}, "`names` must be a list of texts. Got {'a'}."),
    ({"names": ["a", 3]}, "`names` must be a list of texts. Got ['a', 3]."),
    ({"names": ["a", "a"]}, "`names` must name each member once. Got ['a', 'a']."),
    ({"cells": ["gruu"]}, "There is no cell 'gruu'. Did you mean 'gru'?"),
    ({"limit": 0}, "`most_steps` must be a whole number above 0. Got 0."),
    ({"flag": 1}, "`flag` must be true or false. Got 1."),
    ({"inner": 3}, "`inner` must be Inner. Got 3."),
    ({"files": []}, "`files` must be a table. Got []."),
    ({"files": {"train": 3}}, "`train` must be a list of texts. Got 3."),
    ({"any_number": "x"}, "`any_number` must be a number. Got 'x'."),
    ({"even": 3}, "`even` must be even. Got 3."),
    ({"rows": 1.5}, "`rows` must be a whole number of rows. Got 1.5."),
]


@pytest.mark.parametrize(("values", "message"), WRONG, ids=repr)
def test_a_value_that_does_not_fit_is_answered_with_what_it_must_be(values, message):
    with pytest.raises(ConfigError) as caught:
        Outer(**{"n": 1, **values})
    assert str(caught.value) == message


def test_values_that_fit_are_kept_and_lists_and_whole_numbers_converted():
    made: Any = Outer(3, rate=2, names=["a", "b"], sep="tab", any_number=math.inf)  # pyright: ignore
    assert (made.rate, type(made.rate)) == (2.0, float)
    assert made.names == ("a", "b")
    assert made.sep == "\t"
    assert made.any_number == math.inf


def test_a_message_stays_short_whatever_it_repeats():
    for value in (10**5000, "x" * 10**6):
        with pytest.raises(ConfigError) as caught:
            Outer(n=value)  # pyright: ignore[reportArgumentType]
        assert len(str(caught.value)) < 400


def test_settings_are_dataclasses_as_any_other():
    one = Outer(3, parts=(Inner(4),))
    with pytest.raises(FrozenInstanceError):
        one.n = 4  # pyright: ignore[reportAttributeAccessIssue]
    assert replace(one, n=4).n == 4
    with pytest.raises(ConfigError, match="`n` must be"):
        replace(one, n=0)
    assert pickle.loads(pickle.dumps(one)) == one
    assert hash(Inner(4)) == hash(Inner(4))
    assert asdict(one)["parts"] == ({"size": 4, "share": 0.5},)
    assert [one.name for one in fields(Outer)] == list(hints_of(Outer))


def test_the_command_line_sees_bare_types():
    hints = get_type_hints(Outer, include_extras=True)
    assert (hints["n"], hints["names"]) == (int, tuple[str, ...])
    assert hints["limit"] == int | None


def test_what_plain_writes_is_read_again():
    one = Outer(3, names=("a",), limit=4, inner=Inner(9), files={"x": ("y",)}, parts=(Inner(1),))
    table = plain(one)
    assert table["names"] == ["a"]
    assert "limit" not in plain(Outer(3))
    assert read(Outer, table, "f.toml") == one


@given(st.integers(14, 100), st.floats(0, 1), st.lists(st.text(), unique=True), st.booleans())
def test_all_settings_that_can_be_made_can_be_read_again(n, share, names, flag):
    one = Outer(n, weights=share, names=tuple(names), flag=flag, inner=Inner(n, share))
    assert read(Outer, plain(one), "f.toml") == one


def test_a_table_is_laid_over_a_base():
    base = Outer(3, rate=7.0, inner=Inner(9, 0.1))
    found = read(Outer, {"n": 4, "inner": {"size": 2}, "label": "x"}, "f", base, ignore=("label",))
    assert found == replace(base, n=4, inner=Inner(2, 0.1))


FAULTS = [
    ({}, "f.toml: `n` is missing; it must be a whole number of at least 1."),
    ({"n": 0}, "f.toml: `n` must be a whole number of at least 1. Got 0."),
    ({"n": 3, "rat": 1}, "f.toml: there is no setting `rat` (it is 1). Did you mean 'rate'?"),
    (
        {"n": 3, "inner": {"size": 0}},
        "f.toml, [inner]: `size` must be a whole number of at least 1. Got 0.",
    ),
    (
        {"n": 3, "inner": {"sise": 1}},
        "f.toml, [inner]: there is no setting `sise` (it is 1). Did you mean 'size'?",
    ),
    ({"n": 3, "inner": 3}, "f.toml: `inner` must be a table. Got 3."),
    ({"n": 3, "parts": [{"size": 1}, {"size": 0}]}, "f.toml, parts 2: `size` must be a whole"),
    ({"n": 3, "parts": 3}, "f.toml: `parts` must be a list of tables. Got 3."),
    ({"n": 3, "parts": [3]}, "f.toml: `parts` must be a list of tables. Got [3]."),
    (3, "f.toml must be a table. Got 3."),
]


@pytest.mark.parametrize(("table", "message"), FAULTS, ids=repr)
def test_a_fault_in_a_table_is_named_with_its_place(table, message):
    with pytest.raises(ConfigError) as caught:
        read(Outer, table, "f.toml")
    assert str(caught.value).startswith(message)


def registry() -> Registry[Any]:
    members: Registry[Any] = Registry("kind", "cellcolony.search.ants.species")
    members.register("in")(Inner)
    return members


@pytest.mark.parametrize("members", [{"in": Inner, "out": Outer}, registry()], ids=["dict", "reg"])
def test_a_tag_picks_the_class_of_the_settings(members):
    assert read_tagged(members, {"name": "in", "size": 4}, "f") == Inner(4)
    assert read_tagged(members, {"size": 4}, "f", base=Inner(3, 0.1)) == Inner(4, 0.1)
    assert read_tagged(members, {"as": "in"}, "f", tag="as") == Inner()
    with pytest.raises(ConfigError, match=r"f: `name` must be 'in'.* Got 'inn'\. Did you mean"):
        read_tagged(members, {"name": "inn"}, "f")
    with pytest.raises(ConfigError, match="f: `name` is missing; it must be 'in'"):
        read_tagged(members, {}, "f")
    with pytest.raises(ConfigError, match=r"f: `name` must be .* Got \['in'\]"):
        read_tagged(members, {"name": ["in"]}, "f")


@settings
class Row:
    """A row of a file."""

    number: Count
    seconds: Amount
    loss: Number = math.inf
    failed: bool = False
    failure: str | None = None


def test_a_record_is_read_whatever_else_stands_in_it():
    assert record(Row, {"number": 3, "seconds": 1, "more": []}, "line 3") == Row(3, 1.0)


def test_a_row_of_texts_is_read_where_that_is_asked_for():
    texts = {"number": "3", "seconds": "2.5", "loss": "nan", "failed": "true", "failure": ""}
    found = record(Row, texts, "row 3", lax=True)
    assert (found.number, found.seconds, found.failed, found.failure) == (3, 2.5, True, None)
    assert math.isnan(found.loss)
    with pytest.raises(ConfigError, match=r"row 3: `number` must be .* Got '3'"):
        record(Row, texts, "row 3")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"number": ""}, "row 3: `number` is missing; it must be a whole number from 0 to 1e15."),
        ({"number": "-1"}, "row 3: `number` must be a whole number from 0 to 1e15. Got '-1'."),
        ({"number": "9" * 99}, "row 3: `number` must be a whole number from 0 to 1e15. Got"),
        ({"number": "9" * 9999}, "row 3: `number` must be a whole number from 0 to 1e15. Got"),
        ({"number": "../x"}, "row 3: `number` must be a whole number from 0 to 1e15. Got '../x'."),
        ({"seconds": "inf"}, "row 3: `seconds` must be a number from 0 to 1e15. Got 'inf'."),
        ({"seconds": 1e16}, "row 3: `seconds` must be a number from 0 to 1e15. Got 1e+16."),
        ({"failed": "perhaps"}, "row 3: `failed` must be true or false. Got 'perhaps'."),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_record_that_cannot_be_is_refused(values, message):
    with pytest.raises(ConfigError) as caught:
        record(Row, {"number": "1", "seconds": "1", **values}, "row 3", lax=True)
    assert str(caught.value).startswith(message)


CLASSES = [
    AntSwarm, NodeEvolution, Protocol, Schedule, ModelSettings, LanguageTraining, Recipe, Dropout,
    Caps, CsvFormat, *(METHODS[name].settings for name in METHODS.names()),
]  # fmt: skip


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_default_fits(cls):
    made = cls()
    for one in fields(cls):
        assert checked(cls, one.name, getattr(made, one.name)) == getattr(made, one.name)
    assert read(cls, plain(made), "f") == made


def test_neither_the_package_nor_default_settings_import_pydantic_or_torch():
    code = (
        "import sys, cellcolony; cellcolony.AntSwarm(); cellcolony.NodeEvolution(); "
        "cellcolony.Schedule(); print(sorted({'pydantic', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
