"""The settings that make a run what it is, to and from TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import tomli_w

from cellcolony.errors import ConfigError, brief
from cellcolony.store import foreign
from cellcolony.toml_table import TABLE, TEXT, WHOLE

FORMAT = 2
"""Counts the changes of the run directory that older programs cannot read.

2: the journal says how many results the search had been told at each `asked`, and checkpoints are
written: a run can be resumed.
"""
READABLE = (1, 2)
"""The formats that can be shown and used; only a run of the last can be resumed."""

_HEAD = """\
# A run of cellcolony {version}: the settings of the search and what was done to the data.
# The budget and the number of workers are no settings of the search: result.toml has them.

"""


@dataclass(frozen=True)
class RunConfig:
    """The settings of a search and its data: what a second run needs to be the same.

    Attributes:
        seed: Keys every random stream.
        order: "arrival" or "strict".
        search: The method's name, under `method`, and its settings.
        protocol: The settings of training, its `name` among them.
        transform: What was done to the data, as the task's transform writes it.
        data: The fingerprint of the data.
        version: The version of the program that ran.
        format: How the run directory is written, a number.
        caps: The most that judging one candidate may take, as `Caps` has it; empty without.
    """

    seed: int
    order: str
    search: Mapping[str, Any]
    protocol: Mapping[str, Any]
    transform: Mapping[str, Any]
    data: Mapping[str, Any]
    version: str
    format: int = FORMAT
    caps: Mapping[str, Any] = field(default_factory=dict)

    def to_toml(self) -> str:
        """Return the settings as TOML; what is None is left out."""
        body = tomli_w.dumps(without_none({"format": self.format, **asdict(self)}))
        return _HEAD.format(version=self.version) + body

    def to_compare(self) -> dict[str, Any]:
        """Return what a continued run must have in common with this, as plain values."""
        return {
            "seed": self.seed,
            "order": self.order,
            "search": without_none(self.search),
            "protocol": without_none(self.protocol),
            "caps": without_none(self.caps),
            "transform": without_none(self.transform),
            "fingerprint": self.data["fingerprint"],
        }

    @staticmethod
    def from_toml(text: str) -> RunConfig:
        """Read what `to_toml` wrote.

        Raises:
            ConfigError: It is no TOML, of another format, or a setting is missing or of the wrong
                type.
        """
        try:
            values = foreign.parse_toml(text)
        except ValueError as error:
            raise ConfigError(f"expected TOML: {error}.") from error
        kind = values.get("kind", "forecast")
        if kind != "forecast":
            raise ConfigError(f"`kind` must be 'forecast' for this. Got {brief(kind)}.")
        found = values.get("format")
        if found not in READABLE or not WHOLE.fits(found):
            known = " or ".join(map(str, READABLE))
            raise ConfigError(
                f"`format` must be {known}. Got {brief(found)}: written by another version?"
            )
        values.setdefault("caps", {})
        for one in fields(RunConfig):
            kind = {"int": WHOLE, "str": TEXT}.get(str(one.type), TABLE)
            if not kind.fits(values.get(one.name)):
                got = brief(values[one.name]) if one.name in values else "nothing"
                raise ConfigError(f"`{one.name}` must be {kind.words}. Got {got}.")
        return RunConfig(**{one.name: values[one.name] for one in fields(RunConfig)})


def without_none(value: Any) -> Any:
    """Return nested tables without the keys whose value is None, as TOML has them."""
    if isinstance(value, Mapping):
        return {key: without_none(v) for key, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [without_none(v) for v in value]
    return value
