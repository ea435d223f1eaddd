"""The settings that make a search for nodes what it is, to and from TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import tomli_w

from cellcolony import cells
from cellcolony.config import FORMAT, without_none
from cellcolony.errors import ConfigError, brief, did_you_mean
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.schedule import Schedule
from cellcolony.runs.kinds import NODE_SEARCH
from cellcolony.search.nodes import NodeEvolution, RandomTrees
from cellcolony.search.presets import RIVALS as RIVALS
from cellcolony.toml_table import (
    COUNT,
    NUMBER,
    TABLE,
    TEXT,
    TEXT_LIST,
    TomlTable,
    parse_toml,
    settings_from,
)

NodeSearchSettings: TypeAlias = NodeEvolution | RandomTrees
MOST_SEEDS = 1_000

_HEAD = """\
# A run of cellcolony {version}: a search for a recurrent node, judged by training language models.
# [model] and [training] judge the candidates, [final_model] and [final_training] whoever is
# compared in the end. The budget and the number of workers are no settings of the search.

"""


@dataclass(frozen=True)
class NodeConfig:
    """What a second search needs to be the same.

    Attributes:
        seed: Keys every random stream.
        order: "arrival" or "strict".
        search: The settings of the search.
        model: The language model that a candidate fills, but for its cells.
        training: How that is trained, for a candidate to be judged.
        final_model: The model in which the best candidate and its rivals are compared in the end.
        final_training: How that is trained.
        rivals: The cells of the library that are trained beside it, in both ways.
        tuned: Those of them whose recipe is searched too, with as many trainings as the evolution.
            It says only what is trained in the end: one may be added to a run, which `resume`
            then goes on with.
        n_seeds: With how many seeds everybody is trained in the end.
        data: What is known of the text, its fingerprint and its source among it.
        version: The version of the program that ran.
        candidate_seconds: A candidate whose training takes longer has failed; None without a cap.
        format: How the run directory is written, a number.

    Raises:
        ConfigError: A setting has a value that it cannot have.
    """

    seed: int
    order: str
    search: NodeSearchSettings
    model: ModelSettings
    training: Schedule
    final_model: ModelSettings
    final_training: Schedule
    rivals: tuple[str, ...]
    n_seeds: int
    data: Mapping[str, Any]
    version: str
    candidate_seconds: float | None = None
    tuned: tuple[str, ...] = ()
    format: int = FORMAT

    def __post_init__(self) -> None:
        for name in self.rivals:
            cells.get(name)  # raises where there is none
        if len(set(self.rivals)) < len(self.rivals):
            raise ConfigError(f"`rivals` must name each cell once. Got {', '.join(self.rivals)}.")
        for name in self.tuned:
            if name not in self.rivals or self.tuned.count(name) > 1:
                raise ConfigError(
                    f"`tuned` must name rivals, each once, and they are "
                    f"{', '.join(self.rivals) or 'none'}. Got {', '.join(self.tuned)}."
                )
        if type(self.n_seeds) is not int or not 1 <= self.n_seeds <= MOST_SEEDS:
            raise ConfigError(
                f"`n_seeds` must be a whole number from 1 to {MOST_SEEDS:,}. Got {self.n_seeds!r}."
            )
        cap = self.candidate_seconds
        if cap is not None and not 0 < cap <= 1e9:
            raise ConfigError(f"`candidate_seconds` must be above 0. Got {cap!r}.")
        if cap is not None and self.order == "strict":
            raise ConfigError(
                "In strict order a search must not depend on the machine: leave "
                f"`candidate_seconds` out. Got {cap:g}."
            )

    @property
    def n_words(self) -> int:
        """The size of the text's vocabulary."""
        return self.data["n_vocabulary"]

    def to_toml(self) -> str:
        """Return the settings as TOML; what is None is left out."""
        body = {
            "kind": NODE_SEARCH,
            "format": self.format,
            "version": self.version,
            "tuned": list(self.tuned),
            **self._settings(),
            "data": self.data,
        }
        return _HEAD.format(version=self.version) + tomli_w.dumps(without_none(body))

    def to_compare(self) -> dict[str, Any]:
        """Return what a continued run must have in common with this, as plain values."""
        return without_none({**self._settings(), "fingerprint": self.data["fingerprint"]})

    def _settings(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "order": self.order,
            "rivals": list(self.rivals),
            "n_seeds": self.n_seeds,
            "candidate_seconds": self.candidate_seconds,
            "search": {"method": type(self.search).__name__, **asdict(self.search)},
            "model": asdict(self.model),
            "training": asdict(self.training),
            "final_model": asdict(self.final_model),
            "final_training": asdict(self.final_training),
        }

    @staticmethod
    def from_toml(text: str) -> NodeConfig:
        """Read what `to_toml` wrote, which somebody else may have made.

        Raises:
            ConfigError: It is no TOML, of another kind or format, or a setting is missing, unknown
                or cannot be.
        """
        table = parse_toml(text, "config.toml")
        table.check_keys((*_KEYS, "data"))
        for key, wanted in (("kind", NODE_SEARCH), ("format", FORMAT)):
            found = table.values.get(key)
            if type(found) is not type(wanted) or found != wanted:
                raise ConfigError(f"`{key}` must be {wanted!r}. Got {brief(found)}.")
        order = table.take("order", TEXT)
        if order not in ("arrival", "strict"):
            raise ConfigError(f"`order` must be 'arrival' or 'strict'. Got {brief(order)}.")
        data = table.take("data", TABLE)
        about = TomlTable(data, "[data]")
        about.take("fingerprint", TEXT)
        about.take("n_vocabulary", COUNT)
        for one in about.tables("texts"):
            for key, kind in _OF_TEXTS.items():
                one.take(key, kind)
        return NodeConfig(
            table.take("seed", COUNT),
            order,
            search_from(table.table("search")),
            settings_from(table.table("model"), ModelSettings()),
            settings_from(table.table("training"), Schedule()),
            settings_from(table.table("final_model"), ModelSettings()),
            settings_from(table.table("final_training"), Schedule()),
            tuple(table.take("rivals", TEXT_LIST)),
            table.take("n_seeds", COUNT),
            data,
            table.take("version", TEXT),
            table.take("candidate_seconds", NUMBER, None),
            tuple(table.take("tuned", TEXT_LIST, [])),
        )


_KEYS = (
    "kind", "format", "version", "seed", "order", "rivals", "tuned", "n_seeds",
    "candidate_seconds", "search", "model", "training", "final_model", "final_training",
)  # fmt: skip

_OF_TEXTS = {"split": TEXT, "name": TEXT, "n_tokens": COUNT, "n_unknown": COUNT}


def search_from(table: TomlTable) -> NodeSearchSettings:
    """Return the settings of a search over trees from a table with its `method`.

    Raises:
        ConfigError: The method or a setting is unknown, or a value cannot be.
    """
    methods = (NodeEvolution.__name__, RandomTrees.__name__)
    method = table.take("method", TEXT)
    if method == NodeEvolution.__name__:
        return settings_from(table, NodeEvolution(), ("method",))
    if method == RandomTrees.__name__:
        table.check_keys(("method", "evolution"))
        return RandomTrees(settings_from(table.table("evolution"), NodeEvolution()))
    raise ConfigError(
        f"{table.where}: `method` must be {' or '.join(methods)}. Got {brief(method)}."
        + did_you_mean(method, methods)
    )
