"""What to cite of a study: the sources of the method, cells and stages that it used, as BibTeX.

A part of the program says where it is from (its `source`: see `report/listing.py`). What papers
those names stand for is in `references.bib`, which each entry's comments name as sources do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from cellcolony.layers.kinds import HIGHWAY, is_deep
from cellcolony.networks.genome import Network
from cellcolony.networks.protocol import Protocol
from cellcolony.report.listing import names_of, source_of
from cellcolony.runs.config import judge_name
from cellcolony.runs.result import Result
from cellcolony.runs.scores import RIVAL
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.stages.methods import MethodsStage
from cellcolony.version import VERSION
from cellcolony.wording import printable

ENTRY = re.compile(r"((?:^% [^\n]*\n)+)(@.*?^}\n)", re.MULTILINE | re.DOTALL)
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
OPTIMIZERS = {"adam": "Kingma & Ba 2015", "nesterov": "Sutskever et al. 2013"}
"""The sources of what is no member of a registry."""
LANGUAGE_MODELS = "Zaremba, Sutskever & Vinyals 2014"
PROGRAM = f"""@software{{cellcolony,
  title = {{cellcolony: Evolved Memory Cells and Recurrent Networks}},
  version = {{{VERSION}}},
}}
"""


class Used(NamedTuple):
    """A part of the program that a study used.

    Attributes:
        what: What it is: "method taps".
        source: Where it is from, in its own words.
    """

    what: str
    source: str


def bibliography(result: Result) -> str:
    """Return BibTeX of the program and of all that a study used, each entry once.

    Before each stands, as a comment, what it is cited for. A source that no entry is known of, such
    as that of another package's member, is an entry that quotes it.
    """
    reasons: dict[str, list[str]] = {}
    for used in parts(result):
        for entry in entries_of(used):
            reasons.setdefault(entry, []).append(used.what)
    cited = (f"% {printable(', '.join(dict.fromkeys(what)))}\n{entry}"
             for entry, what in reasons.items())  # fmt: skip
    return "\n".join([PROGRAM, *cited])


def entries_of(used: Used) -> Iterator[str]:
    """Yield the entries that a source names; one that quotes it where it names none we know."""
    found = [entry for name, entry in references().items() if name in used.source]
    yield from found
    if not found and YEAR.search(used.source):
        key = re.sub(r"\W+", "-", used.what)
        quoted = re.sub(r"[{}\\%@]", "", printable(used.source))
        yield f"@misc{{{key},\n  note = {{{quoted}}},\n}}\n"


@cache
def references() -> dict[str, str]:
    """Return the entries that are known, by the names that sources have for them."""
    text = files("cellcolony.report.citations").joinpath("references.bib").read_text("utf-8")
    return {
        name.removeprefix("% "): entry
        for names, entry in ENTRY.findall(text)
        for name in names.splitlines()
    }


def parts(result: Result) -> Iterator[Used]:
    """Yield what a study used: method, judge, cells, stages, rivals and how was trained."""
    config = result.config
    if result.front:
        yield _part("methods", "method", config.method_name)
        yield _part("judges", "judge", judge_name(config.judge))
    for cell in sorted(_cells(result)):
        yield _part("cells", "cell", cell)
    known = {*names_of("cells")}  # not so an evolved node, which may be a rival too
    for stage in config.stages:
        yield _part("stages", "stage", stage.name)
        if isinstance(stage, MethodsStage):
            yield from (_part("methods", "method", name) for name in stage.methods)
        if isinstance(stage, CellsStage):
            named = {HIGHWAY if is_deep(name) else name for name in stage.cells}
            yield from (_part("cells", "cell", name) for name in sorted(named & known))
    models = [one.model for one in result.models if one.role == RIVAL]
    for name in names_of("rivals"):
        if any(model == name or model.startswith((f"{name} ", f"{name},")) for model in models):
            yield _part("rivals", "rival", name)
    training = config.training
    if isinstance(training, Protocol):
        yield Used(f"training by {training.optimizer}", OPTIMIZERS.get(training.optimizer, ""))
    else:
        yield Used("training of language models", LANGUAGE_MODELS)
        finals = config.stage("finals")
        trainings = [training, *([finals.training] if isinstance(finals, FinalsStage) else [])]
        if any(one.model.mogrifier for one in trainings):
            yield Used("mogrifier", "Melis et al. 2020")
        if any(one.model.weight_drop or one.schedule.nonmonotone for one in trainings):
            yield Used("weight drop and averaged weights", "Merity et al. 2017")


def _cells(result: Result) -> set[str]:
    """Return the cells of the registry that the best network and the ensemble are made of."""
    genomes = [one.genome for one in result.front[-1:]]
    if result.ensemble is not None:
        genomes.append(result.ensemble.genome)
    networks = [one for one in genomes if isinstance(one, Network)]
    used = {node.cell for one in networks for node in one.nodes if node.id in one.live}
    return used & set(names_of("cells"))


def _part(kind: str, word: str, name: str) -> Used:
    return Used(f"{word} {name}", source_of(kind, name))
