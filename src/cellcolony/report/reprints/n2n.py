"""The experiments of From Nodes to Networks: searches for nodes, and what is made of their nodes.

Each is a study in a folder of its own, and goes on where it stood; later ones build on earlier
ones: mixtures and large models on the nodes that were found, a predictor on their curves.

Source: Rawal & Miikkulainen 2018, sections 3 and 4. The size "small" is ours: one machine, some
hours. There the grid has learning rates too: at one rate for all, NASCell had learned nothing after
an epoch. It has no recurrent highway network, which takes many times as long, and the GRU instead.
The variational LSTM of Table 1 is the LSTM with the dropout rates that the grid finds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import RenderableType

from cellcolony.errors import ConfigError
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.needs import check_extra
from cellcolony.report.blocks import Paragraph
from cellcolony.report.reprints import Reprint, written_down
from cellcolony.report.reprints.n2n_scale import SIZES, Scale
from cellcolony.report.terminal import render
from cellcolony.runs import directory
from cellcolony.runs.curves import read_curves
from cellcolony.runs.events import Observer
from cellcolony.runs.executors import Workers, Workplace
from cellcolony.runs.mixing import mixing_study
from cellcolony.runs.open import open_run
from cellcolony.runs.predictor_folder import write_predictor
from cellcolony.runs.result import Result
from cellcolony.runs.resume import resume
from cellcolony.runs.scaling import read_grid_options, scaling_study
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.search.presets import preset
from cellcolony.store.files import write_file
from cellcolony.tasks.language import Language
from cellcolony.wording import count

NODE, MIX, CURVES, META = "node", "mix", "curves", "meta"
SHAME, NO_SHAME = "shame", "no-shame"
UNTIED, TIED, MIXTURE = "large-untied", "large-tied", "mixture-tied"
PREDICTED, WHOLE = "predicted", "whole"
EVOLVED, MIXED = "evolved node", "mixture of nodes"


class Step(NamedTuple):
    """A study of the reproduction.

    Attributes:
        make: Returns it; what it builds on is there.
        budget: When its search ends; None where it has none.
        needs: The names of the studies that it builds on.
    """

    make: Callable[[], Study]
    budget: str | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Studies:
    """The studies of a reproduction, in a folder; each is run when it is first asked for.

    Attributes:
        folder: Where they lie.
        scale: How large they are.
        task: The text.
        workers: How many candidates are judged at once: as for `Study.run`.
        executor: Where; None for what suits texts.
        device: Where models compute: as for `Study.run`.
        per_gpu: So many trainings at most share a GPU.
        on_event: Is called with every event.
    """

    folder: Path
    scale: Scale
    task: Language
    workers: Workers = None
    executor: Workplace | None = None
    device: str = "auto"
    per_gpu: int = 1
    on_event: Observer | None = None

    def result(self, name: str) -> Result:
        """Return what a study has found; what is not done of it is done first.

        Raises:
            RunError: The folder holds something else, or cannot be written to.
            KeyboardInterrupt: The user has ended its search; what is done is kept.
        """
        path, step = self.folder / name, self.steps[name]
        if (path / directory.RESULT).exists():
            found = open_run(path)
            if not _is_interrupted(found):
                return found
        for other in step.needs:
            self.result(other)
        how: dict[str, Any] = {
            "workers": self.workers, "executor": self.executor, "device": self.device,
            "per_gpu": self.per_gpu, "on_event": self.on_event,
        }  # fmt: skip
        if (path / directory.CONFIG).exists():
            found = resume(path, step.budget, task=self.task, **how)
        else:
            found = step.make().run(step.budget, out=path, **how)
        if _is_interrupted(found):
            left = KeyboardInterrupt()
            left.add_note("To go on: the same command does what is left.")
            raise left
        return found

    def paths(self, kind: str) -> list[Path]:
        """Return the folders of the studies of a kind, one for each seed."""
        return [self.folder / name for name in self.steps if name.rpartition("-")[0] == kind]

    @cached_property
    def steps(self) -> dict[str, Step]:
        """All studies, by name, in the order in which they are done."""
        scale, found = self.scale, dict[str, Step]()
        nodes = [f"{NODE}-{seed}" for seed in range(scale.n_searches)]
        for seed, name in enumerate(nodes):
            found[name] = Step(_with(self._search, seed), scale.budget)
        mixtures = f"{scale.n_mixtures} networks"
        found[MIX] = Step(self._mix, mixtures, tuple(nodes))
        for name, training in ((UNTIED, scale.untied), (TIED, scale.tied)):
            found[name] = Step(_with(self._large, training), None, tuple(nodes))
        found[MIXTURE] = Step(self._large_mixture, None, (MIX,))
        for seed in range(scale.n_evolutions):
            for kind in (SHAME, NO_SHAME):
                found[f"{kind}-{seed}"] = Step(_with(self._evolution, kind == SHAME, seed))
        each = -(-scale.n_curves // 2)
        for seed in range(2):
            found[f"{CURVES}-{seed}"] = Step(_with(self._curves, seed), f"{each} networks")
        marks = f"{scale.quarters * self.n_first} trainings"
        for seed in range(scale.n_savings):
            for kind in (PREDICTED, WHOLE):
                step = _with(self._saving, kind, seed)
                found[f"{kind}-{seed}"] = Step(step, marks, (f"{CURVES}-0", f"{CURVES}-1"))
        return found

    @cached_property
    def best_node(self) -> Path:
        """The run that has found the node of the lowest validation loss."""
        paths = self.paths(NODE)
        losses = [self.result(path.name).chosen.loss for path in paths]
        return paths[losses.index(min(losses))]

    @property
    def whole(self) -> LanguageTraining:
        """A mark of the training whose end is predicted: that of candidates, an epoch at a time."""
        training = preset(self.scale.preset, "language").training
        return replace(training, schedule=replace(training.schedule, epochs=1))

    @property
    def n_first(self) -> int:
        """How many marks a predictor knows."""
        return self.scale.n_marks // 4

    def _search(self, seed: int) -> Study:
        found = preset(self.scale.preset, "language")
        return Study.of(
            self.task,
            found.method,
            training=found.training,
            judge=found.judge,
            stages=(_SEARCH,),
            seed=seed,
        )

    def _mix(self) -> Study:
        """Return the paper's draw: every mixture at random, of the best and most distant nodes."""
        small = self.scale.preset != "paper"
        study = mixing_study(
            self.paths(NODE), top=self.scale.top, control=None, guide="random", task=self.task,
            layers=self.scale.tied.model.layers, groups=8 if small else 37,
        )  # fmt: skip
        return Study(self.task, replace(study.config, stages=(_SEARCH,)))

    def _large(self, training: LanguageTraining) -> Study:
        return self._scaled(self.best_node, EVOLVED, training, self.scale.rivals)

    def _large_mixture(self) -> Study:
        return self._scaled(self.folder / MIX, MIXED, self.scale.tied, ())

    def _scaled(
        self, run: Path, title: str, training: LanguageTraining, rivals: tuple[str, ...]
    ) -> Study:
        study = scaling_study(
            str(run), training, grid=read_grid_options([self.scale.grid]), rivals=rivals,
            grid_epochs=self.scale.grid_epochs, n_seeds=self.scale.n_seeds, task=self.task,
        )  # fmt: skip
        method = replace(study.config.method, title=title)
        return Study(self.task, replace(study.config, method=method))

    def _evolution(self, with_shame: bool, seed: int) -> Study:
        """Return the paper's evolution; where no species ever stagnates, there is no hall."""
        found, method = preset(self.scale.preset, "language"), self.scale.evolution
        if not with_shame:
            method = replace(method, stagnation=method.generations + 1)
        effort = 1 if self.scale.preset == "paper" else found.training.schedule.parts
        schedule = replace(found.training.schedule, epochs=effort * found.training.schedule.epochs)
        training = replace(found.training, schedule=schedule)
        return Study.of(self.task, method, training=training, stages=(_SEARCH,), seed=seed)

    def _curves(self, seed: int) -> Study:
        return self._raced((self.scale.n_marks,), seed=100 + seed)

    def _saving(self, kind: str, seed: int) -> Study:
        """Return a search whose candidates are judged by a whole training, or by a quarter of it.

        The predictor is fitted when it is first needed.
        """
        if kind == WHOLE:
            return self._raced((self.scale.n_marks,), seed=seed)
        from cellcolony.judges.meta import PredictedFitness
        from cellcolony.judges.meta.compare import compare

        folder = self.folder / META
        if not folder.exists():
            curves = read_curves(self.paths(CURVES), self.n_first, self.scale.n_marks).curves
            write_predictor(folder, compare(curves, self.n_first, by="node"))
        return self._raced((self.n_first,), seed=seed, judge=PredictedFitness(meta=str(folder)))

    def _raced(self, efforts: tuple[int, ...], **given: Any) -> Study:
        method = replace(preset("lab", "language").method, efforts=efforts, shares=(1.0,))
        return Study.of(self.task, method, training=self.whole, stages=(_SEARCH,), **given)


_SEARCH = SearchStage(most_failed=1.0)


def _is_interrupted(result: Result) -> bool:
    return result.outcome is not None and result.outcome.interrupted


def _with(make: Callable[..., Study], *given: Any) -> Callable[[], Study]:
    return lambda: make(*given)


def reprint_n2n(
    chosen: Sequence[tuple[str, Reprint]],
    size: str,
    files: Sequence[str],
    folder: Path,
    *,
    valid: Sequence[str] = (),
    test: Sequence[str] = (),
    workers: Workers = None,
    executor: Workplace | None = None,
    device: str = "auto",
    per_gpu: int = 1,
    on_event: Observer | None = None,
) -> tuple[RenderableType, list[Path]]:
    """Do what a folder does not hold yet of the paper's experiments, and show them as it did.

    Args:
        chosen: What is shown, by name.
        size: "small" or "published".
        files: The text to learn from.
        folder: The folder to write to, or to continue.
        valid: The text to choose on; without, the last 15 % of the training text.
        test: The text to test on, once for each study; without, the last 15 % too.
        workers: How many candidates are judged at once: as for `Study.run`.
        executor: Where; None for what suits texts.
        device: Where models compute: as for `Study.run`.
        per_gpu: So many trainings at most share a GPU.
        on_event: Is called with every event.

    Returns:
        What a terminal shows, and the files that were written.

    Raises:
        ConfigError: There is no text, or torch is missing.
        DataError: The text cannot be used.
        RunError: The folder holds something else, or cannot be written to.
        KeyboardInterrupt: The user wants to leave; what is done is kept.
    """
    check_extra()
    scale = SIZES[size]
    if not files:
        raise ConfigError(
            "There is no text. Name one: cellcolony reproduce n2n ptb.train.txt --valid "
            "ptb.valid.txt --test ptb.test.txt. The paper has that of the Penn Treebank."
        )
    found = preset(scale.preset, "language").task_settings
    task = Language.from_files(
        _first_lines(files, scale.lines, folder), valid, test, tokens=found.tokens,
        vocabulary=found.vocabulary,
    )  # fmt: skip
    studies = Studies(folder, scale, task, workers, executor, device, per_gpu, on_event)
    for name in studies.steps:
        if any(one.needs(name) for _, one in chosen):
            studies.result(name)
    shown, written = written_down(chosen, studies, folder)
    return render([Paragraph(_about(scale, size, task)), *shown]), written


def _first_lines(files: Sequence[str], n: int | None, folder: Path) -> Sequence[str | Path]:
    """Return the files to learn from, or one that holds their first lines alone.

    Raises:
        ConfigError: A file cannot be read.
    """
    if n is None:
        return files
    lines: list[str] = []
    for file in files:
        try:
            lines += Path(file).read_text(encoding="utf-8").splitlines(keepends=True)
        except (OSError, UnicodeDecodeError, ValueError) as error:
            raise ConfigError(
                f"{file}: the text cannot be read: {error}. Check the path."
            ) from error
    path = folder / "text" / "train.txt"
    text = "".join(lines[:n])
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, text)
    return [path]


def _about(scale: Scale, size: str, task: Language) -> str:
    ours = ""
    if size == "small":
        ours = (
            f" Ours: the first {count(scale.lines or 0, 'line')} of the text, small models and "
            "small searches. Published numbers are of the whole text and of models a hundred "
            "times as large: compare the order, and not the numbers."
        )
    return (
        f"{count(len(task.train), 'token')} to learn from, {count(len(task.vocabulary), 'word')}; "
        f"{count(scale.n_searches, 'search')} of {scale.budget}.{ours}"
    )
