"""Settings of a colony and of its training, out of tables of a file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace

from cellcolony.networks.protocol import Protocol, protocol
from cellcolony.search.ants import AntSwarm
from cellcolony.toml_table import FLAG, NUMBER, TABLE, TEXT, WHOLE, TomlTable

ANT_SETTINGS = tuple(field.name for field in fields(AntSwarm))
_KINDS = {"str": TEXT, "int": WHOLE, "float": NUMBER, "bool": FLAG}


def ants_from(table: TomlTable, base: AntSwarm, others: Collection[str] = ()) -> AntSwarm:
    """Return a colony with the settings that a table names, and a base's for the rest.

    Args:
        table: Settings of `AntSwarm`.
        base: Where the other settings come from.
        others: Keys of the table that are no settings of a colony.

    Raises:
        ConfigError: A key is unknown, or a value is one that the setting cannot have.
    """
    table.check_keys((*ANT_SETTINGS, *others))
    given = {key: table.values[key] for key in table.values if key not in others}
    with table.names_faults():
        return replace(base, **given)


def protocol_from(table: TomlTable, base: Protocol) -> Protocol:
    """Return the protocol under the key `protocol` of a table.

    It is a name, or a table of settings: those that it does not hold are of the protocol that its
    `name` says, or, without a name, of the base.

    Args:
        table: What holds the key.
        base: What it is without the key.

    Raises:
        ConfigError: There is no such protocol or setting, or a value is one that it cannot have.
    """
    key = "protocol"
    if key not in table:
        return base
    if isinstance(table.values[key], str):
        return _named(table, table.values[key])
    kind = TABLE._replace(words="a name or a table of settings")
    inside = TomlTable(table.take(key, kind), f"{table.where}, {key}")
    inside.check_keys(field.name for field in fields(Protocol))
    given = {
        field.name: inside.take(field.name, _KINDS[str(field.type)])
        for field in fields(Protocol)
        if field.name in inside
    }
    if "name" in given:
        base = _named(inside, given["name"])
    with inside.names_faults():
        return replace(base, **given)


def _named(table: TomlTable, name: str) -> Protocol:
    with table.names_faults():
        return protocol(name)
