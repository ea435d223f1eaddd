"""What follows a search for nodes: random search, the rivals, and everybody's final training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from cellcolony.errors import RunError
from cellcolony.judges.final_task import FinalResult, FinalTask
from cellcolony.layers.epoch import perplexity
from cellcolony.runs import directory
from cellcolony.runs.events import Event, SearchEnded, Stage
from cellcolony.runs.failing import told_reasons
from cellcolony.runs.nodes.against import RANDOM, TITLE, RandomFound, search_at_random
from cellcolony.runs.nodes.carrying import carry_out
from cellcolony.runs.nodes.config import NodeConfig
from cellcolony.runs.nodes.findings import NodeFindings
from cellcolony.runs.nodes.models import Model
from cellcolony.runs.nodes.result import NodeOutcome, tree_in
from cellcolony.runs.nodes.rivals import Rivals
from cellcolony.runs.nodes.scores import EVOLVED, NodeScore
from cellcolony.runs.nodes.searching import Hands, Searching
from cellcolony.runs.nodes.stages import StageJournal
from cellcolony.runs.workplaces.worker import WorkerDiedError
from cellcolony.store import foreign
from cellcolony.store.writing import recording

FINALS = "finals"
"""The folder of the final trainings' own files."""


@dataclass
class Comparison:
    """The stages after a search; what is done of them already is not done again.

    Attributes:
        searching: The search, which has ended.
        hands: Who trains.
        observe: Is told of every event.
    """

    searching: Searching
    hands: Hands
    observe: Callable[[Event], None]

    def carry_out(self, ended: SearchEnded, budget: str, against: str | None) -> None:
        """Train whoever is compared, and write down how the run ended.

        Args:
            ended: How the search ended.
            budget: Its limits.
            against: "random", or None for no random search.

        Raises:
            RunError: No candidate could be trained, or a file is damaged or cannot be written.
            KeyboardInterrupt: The user wants to leave; what is done is kept, and `resume` does the
                rest.
        """
        path, config = self.searching.path, self.searching.config
        books = self.searching.restored.books
        if not tuple(books.front):
            raise RunError(
                f"No node could be trained: {told_reasons(books.failures)}. "
                f"See {path / directory.JOURNAL}."
            )
        found = RandomFound()
        if against is not None:
            self._say(f"Random search over the same trees: {books.n_done:,} candidates.")
            found = search_at_random(
                path / RANDOM, config, books.n_done, self.hands, [self.observe]
            )
        with StageJournal(path) as journal:
            rivals = Rivals(config, books.n_done, journal, self.hands, self._say)
            rivals.judge()
            rivals.tune()
            models = [*self._found(found), *rivals.models()]
            self._train_finally(journal, models)
            scores = [score for model in models for score in _scores(model, config, journal)]
            outcome = NodeOutcome(
                budget=budget,
                workers=self.hands.workers,
                reason=ended.reason,
                interrupted=ended.interrupted,
                search_seconds=round(ended.seconds, 3),
                random_networks=found.n_networks,
                random_seconds=round(found.seconds, 3),
                rival_seconds=round(rivals.seconds, 3),
                final_seconds=round(sum(score.final_seconds for score in scores), 3),
            )
        NodeFindings(path, config).finish(scores, outcome)

    def _say(self, text: str) -> None:
        self.observe(Stage(text))

    def _found(self, found: RandomFound) -> Iterator[Model]:
        """Yield the best nodes of the evolution and of random search."""
        best = tuple(self.searching.restored.books.front)[-1]
        cell = tree_in(best).to_cell(f"node {best.number}")
        yield Model(EVOLVED, cell, best.number, best.loss)
        if found.best is not None:
            cell = tree_in(found.best).to_cell(f"random node {found.best.number}")
            yield Model(TITLE, cell, found.best.number, found.best.loss)

    def _train_finally(self, journal: StageJournal, models: list[Model]) -> None:
        """Train every model with every seed in the end: all with one seed, then with the next."""
        config, folder = self.searching.config, self._folder(models)
        n = len(models) * config.n_seeds
        tasks, keys = [], {}
        for seed in range(config.seed, config.seed + config.n_seeds):
            for model in models:
                key, path = model.key(seed), folder / f"{model.folder}-seed-{seed}"
                if key not in journal.stages.finals:
                    tasks.append(FinalTask(model.title, model.cell, seed, path, model.recipe))
                    keys[model.title, seed] = key
        n_done = n - len(tasks)
        if tasks:
            before = f"; {n_done} of them are done already" if n_done else ""
            each = "1 seed" if config.n_seeds == 1 else f"{config.n_seeds} seeds each"
            self._say(f"Final trainings: {len(models)} models, {each}{before}.")

        def done(task: FinalTask, future: Future[FinalResult]) -> None:
            nonlocal n_done
            try:
                result = future.result()
            except WorkerDiedError as error:
                result = FinalResult(0, float("inf"), float("inf"), 0.0, str(error))
            journal.final(keys[task.model, task.seed], result)
            n_done += 1
            what = f"{task.model}, seed {task.seed}: {_final_words(result)}"
            self._say(f"Final training {n_done} of {n}: {what}.")

        hands = self.hands
        if tasks:
            carry_out(hands.bench.final, tasks, done, hands.executor, hands.workers)

    def _folder(self, models: list[Model]) -> Path:
        """Make the folder of the final trainings; what others have left there is removed.

        Raises:
            RunError: It cannot be written, or leads elsewhere.
        """
        run, config = self.searching.path, self.searching.config
        folder = run / FINALS
        seeds = range(config.seed, config.seed + config.n_seeds)
        wanted = {f"{model.folder}-seed-{seed}" for model in models for seed in seeds}
        with recording(run):
            foreign.refuse_leading_out(folder, run)
            folder.mkdir(exist_ok=True)
            for found in folder.iterdir():
                if found.name not in wanted or found.is_symlink():
                    directory.remove(found)
        return folder


def _scores(model: Model, config: NodeConfig, journal: StageJournal) -> Iterator[NodeScore]:
    training = model.recipe.schedule(config.final_training)
    bound = model.recipe.model(config.final_model).first_bound
    for seed in range(config.seed, config.seed + config.n_seeds):
        result = journal.stages.finals[model.key(seed)]
        failed = result.failure is not None
        yield NodeScore(
            model.title,
            model.candidate,
            result.n_weights,
            seed,
            None if model.search_loss is None else perplexity(model.search_loss),
            None if failed else perplexity(result.valid_loss),
            None if failed else perplexity(result.test_loss),
            result.seconds,
            result.failure or "",
            training.first_rate,
            training.clip,
            bound,
        )


def _final_words(result: FinalResult) -> str:
    if result.failure is not None:
        return f"it failed: {result.failure}"
    return f"final perplexity {perplexity(result.valid_loss):.2f} on validation"
