"""The final report: the evolved node beside its rivals, trained for long and tested once."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from rich.console import Group, RenderableType
from rich.text import Text

from cellcolony.layers.epoch import perplexity
from cellcolony.report.tables import CHOSEN, WINNER, plain_table
from cellcolony.runs.nodes import against
from cellcolony.runs.nodes.result import NodeResult, tree_in
from cellcolony.runs.nodes.rivals import TUNED
from cellcolony.runs.nodes.scores import EVOLVED, NodeScore, by_model, mean_perplexity
from cellcolony.wording import count, duration, name, number, printable


@dataclass(frozen=True)
class Contender:
    """A model of the final comparison, over its seeds.

    Attributes:
        title: What it is called.
        n_weights: The trainable numbers of the final model.
        search_valid: Its search perplexity on validation; None for a failure.
        valid: Its final perplexity on validation, that of the mean loss; None for a failure.
        test: The same on the test split.
        tests: Its final test perplexities; None for a training that failed.
        seconds: What a final training took, in the mean.
        failure: Why a final training failed; empty where none did.
    """

    title: str
    n_weights: int
    search_valid: float | None
    valid: float | None
    test: float | None
    tests: tuple[float | None, ...]
    seconds: float
    failure: str

    @staticmethod
    def of(title: str, scores: Sequence[NodeScore]) -> Contender:
        """Return the scores of one model as one."""
        return Contender(
            title,
            max(score.n_weights for score in scores),
            scores[0].search_valid_perplexity,
            mean_perplexity(score.final_valid_perplexity for score in scores),
            mean_perplexity(score.final_test_perplexity for score in scores),
            tuple(score.final_test_perplexity for score in scores),
            fmean(score.final_seconds for score in scores),
            next((score.failure for score in scores if score.failure), ""),
        )

    @property
    def reach(self) -> tuple[float, float] | None:
        """The least and the largest test perplexity; None for fewer than two seeds."""
        known = [one for one in self.tests if one is not None]
        return (min(known), max(known)) if len(known) > 1 else None


def contenders(result: NodeResult) -> list[Contender]:
    """Return who was compared, the evolved node first."""
    return [Contender.of(title, scores) for title, scores in by_model(result.scores).items()]


def node_report(result: NodeResult) -> RenderableType:
    """Return what a run found, to be printed by rich."""
    parts: list[RenderableType] = []
    models = contenders(result)
    if models:
        parts += [Text(), comparison(result, models), Text()]
        parts += [Text(line) for line in (*verdict(models), *remarks(result))]
    parts += [Text(), front_table(result), Text()]
    parts += [Text(line) for line in run_lines(result)]
    return Group(*parts)


def comparison(result: NodeResult, models: Sequence[Contender]) -> RenderableType:
    """Return the table of the evolved node and its rivals."""
    n_seeds = result.config.n_seeds
    table = plain_table(
        "model", "weights", "search, valid", "final, valid", "final, test", "of its seeds",
        "trained in", "",
    )  # fmt: skip
    winner = best_of(models)
    for model in models:
        is_best = model is winner
        reach = model.reach
        table.add_row(
            name(model.title),
            f"{model.n_weights:,}" if model.n_weights else "-",
            _perplexity(model.search_valid),
            _perplexity(model.valid),
            _perplexity(model.test),
            "" if reach is None else f"{reach[0]:.2f} to {reach[1]:.2f}",
            duration(model.seconds),
            WINNER if is_best else f"failed: {name(model.failure)}" if model.failure else "",
            style="bold" if is_best else None,
        )
    title = f"Perplexities, {count(n_seeds, 'seed')} each; chosen on validation, tested once"
    return Group(Text(title, style="bold"), table)


def best_of(models: Sequence[Contender]) -> Contender | None:
    """Return the model of the lowest final test perplexity; None where all failed."""
    tested = [model for model in models if model.test is not None]
    return min(tested, key=lambda model: model.test or 0.0, default=None)


def verdict(models: Sequence[Contender]) -> list[str]:
    """Say who wins on the test split, what follows where a rival does, and how sure that is.

    What to use is said by the validation perplexities: whoever picked by the test's would have no
    untouched text left to tell how good the pick is.
    """
    ours = next((model for model in models if model.title == EVOLVED), None)
    rivals = [model for model in models if model is not ours]
    rival = best_of(rivals)
    if ours is None or ours.test is None:
        why = "" if ours is None or not ours.failure else f": {printable(ours.failure)}"
        return [f"The final training of the evolved node failed{why}. Nothing speaks for it."]
    if rival is None or rival.test is None:
        return ["Nobody stands beside the evolved node: what it is worth is not known."]
    if ours.test == rival.test:
        return [f"The evolved node is no better than {name(rival.title)}, which is simpler."]
    lower, higher = sorted((ours.test, rival.test))
    gain = f"{100 * (1 - lower / higher):.1f} % below"
    if ours.test < rival.test:
        said = f"The evolved node wins: its final test perplexity is {gain} that of {rival.title}."
    elif rival.title == against.TITLE:
        said = (
            f"Chance wins: the final test perplexity of random search is {gain} that of the "
            "evolved node. On this text evolution's guidance has brought nothing: see whether that "
            "holds for another --seed, or give the search a larger --budget."
        )
    else:
        said = (
            f"A rival wins: the final test perplexity of {name(rival.title)} is {gain} that of the "
            "evolved node. On this text the search has found nothing better: give it a larger "
            f"--budget, or use {_advised(models, rival)}."
        )
    return [said, _evidence(ours, rival)]


def _advised(models: Sequence[Contender], winner: Contender) -> str:
    """Return the model of the lowest final perplexity on validation, which is made for choosing."""
    scored = [model for model in models if model.valid is not None]
    best = min(scored, key=lambda model: model.valid or 0.0)
    if best is winner:
        return name(winner.title)
    if best.title == EVOLVED:
        return f"{name(winner.title)} (on validation the evolved node was ahead)"
    return f"{name(best.title)}, which validation, made for choosing, puts first"


def _evidence(ours: Contender, rival: Contender) -> str:
    """Say whether the seeds of the two tell them apart."""
    reach, other = ours.reach, rival.reach
    if reach is None or other is None:
        return "With one seed each the difference may be luck: see --n-seeds."
    if reach[1] < other[0] or other[1] < reach[0]:
        n = min(len(ours.tests), len(rival.tests))
        return f"All {n} seeds of the one lie below all of the other."
    return "Their seeds overlap, so the difference may be luck: see --n-seeds."


def remarks(result: NodeResult) -> list[str]:
    """Say what the two kinds of perplexity are, and what random search was given."""
    config, outcome = result.config, result.outcome
    search, final = config.training.epochs, config.final_training.epochs
    lines = [
        f"Search perplexity: one training of {count(search, 'epoch')}, "
        f"{config.model.layers} x {config.model.hidden} units, as candidates are judged; the best "
        f"of {count(result.n_done, 'candidate')} has it by luck too.",
        f"Final perplexity: {count(final, 'epoch')}, {config.final_model.layers} x "
        f"{config.final_model.hidden} units, the same training for everybody"
        f"{' but for the recipe of a tuned one' if config.tuned else ''}; it is that of the mean "
        "loss over the seeds.",
    ]
    if outcome is not None and outcome.random_networks:
        lines.append(
            f"Random search over the same trees had "
            f"{count(outcome.random_networks, 'training')} as well, in "
            f"{duration(outcome.random_seconds)}; its best was chosen on validation too."
        )
    return [*lines, *_of_tuned(result)]


def _of_tuned(result: NodeResult) -> Iterator[str]:
    """Say how often each tuned rival was trained, and how best."""
    for rival in result.config.tuned:
        score = by_model(result.scores).get(f"{TUNED} {rival}", [None])[0]
        if score is None or None in (score.learning_rate, score.clip, score.bound):
            continue
        yield (
            f"{TUNED.capitalize()} {rival} had {count(result.n_done, 'training')} too, each with a "
            f"recipe and first weights of its own; the best was chosen on validation too. In the "
            f"final training it is --learning-rate {score.learning_rate:.4g} --clip "
            f"{score.clip:.4g} --bound {score.bound:.4g}."
        )


def front_table(result: NodeResult) -> RenderableType:
    """Return the table of the best node of each size."""
    table = plain_table("front", "elements", "height", "weights", "search perplexity, valid", "")
    for champion in result.front:
        tree = tree_in(champion)
        table.add_row(
            f"node {champion.number}",
            f"{tree.n_elements:,}",
            str(tree.height),
            f"{result.n_weights(tree):,}",
            _perplexity(perplexity(champion.loss)),
            CHOSEN if champion is result.chosen else "",
        )
    title = "The best node of each size (no other beats both size and search perplexity)"
    return Group(Text(title, style="bold"), table)


def run_lines(result: NodeResult) -> list[str]:
    """Say how the run went, where it lies and what can be done next."""
    config, outcome = result.config, result.outcome
    method = type(config.search).__name__
    settings = f"{method}, seed {config.seed}, {config.order} order"
    done = f"{count(result.n_done, 'candidate')} ({result.n_failed:,} failed)"
    path = shlex.quote(str(result.path))
    if outcome is None:
        lines = [
            f"Search: {settings}; {done} so far. The run has not ended: no final perplexities yet.",
            f"Run: {path}",
            f"Next: cellcolony resume {path}",
        ]
        return lines
    budget = f", budget {printable(outcome.budget)}" if outcome.budget else ""
    lines = [
        f"Search: {settings}, {count(outcome.workers, 'worker')}{budget}.",
        f"  {done} in {duration(outcome.search_seconds)}; it ended because "
        f"{printable(outcome.reason)}.",
    ]
    if result.scores:
        lines.append(
            f"  Rivals took {duration(outcome.rival_seconds)} as candidates, all final trainings "
            f"{duration(outcome.final_seconds)} in sum."
        )
    return [
        *lines,
        f"Run: {path}",
        f"Next: cellcolony show {path}",
        f"      cellcolony draw {path} --out node.svg",
        f"      cellcolony train-lm --cell {path} --train TEXT",
    ]


def _perplexity(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 1e5 else number(value)
