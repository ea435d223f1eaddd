"""Settings of the race of layered networks behind taps."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt, MinLen

from cellcolony import cells
from cellcolony.errors import ConfigError
from cellcolony.search.rungs import check_rungs
from cellcolony.search.taps.blueprint import MOST_LAYERS, WIDEST
from cellcolony.search.taps.registry import GUIDES
from cellcolony.settings import DISTINCT, Known, Rule, Share, Words, settings

Effort = Annotated[int, Ge(1), Le(1_000)]


@settings
class Taps:
    """Layers of memory cells behind taps, raced, varied, screened, pruned and taught.

    Attributes:
        guide: How new networks are proposed once the openers have run: "elite" varies the best by
            mutation; "mmas", "acs" and "rank_ants" lay pheromone on the choices; "uniform" draws
            all choices evenly; "openers" runs the openers again and again, with other first weights
            and rates.
        inherit: Whether a varied network starts from its parent's trained weights.
        again: The share of proposals of the guide "elite" that are openers, with other first
            weights and rates, those that did best the most. Lines that inherit weights come to fit
            the validation rows; these do not.
        anew: The share of its other proposals that it draws evenly.
        cells: What the nodes of a layer may compute: names of cells, or `node:` and the text of a
            tree, an evolved node.
        most_layers: How many hidden layers there may be.
        most_width: How many nodes a layer may have.
        linear_start: Whether some networks start from a fitted linear model.
        efforts: How many times the protocol's epochs a network is trained on each rung of the race.
        shares: The share of all training that each rung gets at most; what others leave goes to the
            lowest.
        screening: The share of screening: a good network tries to do without columns, and most of
            what is then proposed reads those alone that it kept.
        pruning: The share of pruning: a good network loses the edges that matter least, is trained
            again, and loses more.
        teaching: The share of teaching: a good network is trained on the mean forecast of the best
            of several families, in place of the targets.
        uniting: The share of uniting: two of the best, of different families, become one network,
            side by side, which is trained on. The shares above are of what teaching and this leave.
        tolerance: By how much screening may let the validation loss rise, as a share.
        cut: Which share of its edges a network loses at each step of pruning.
        least_gain: By which share a training must lower the validation loss of the weights that it
            starts from; where it does not, these stay. A smaller gain of a longer training is
            mostly chance, so who gains less goes no further. Networks that were just cut, by
            screening or pruning, may gain less.
        population: How many of the best networks of each niche are varied.

    Raises:
        ConfigError: A setting has a value that it cannot have.

    Source:
        Ours. Rungs: asynchronous successive halving (Li et al. 2020). Tapped delay lines: Waibel
        et al. 1989. Linear start: orthogonal forward selection (Chen, Billings & Luo 1989).
        Pruning: LeCun, Denker & Solla 1990; Theis et al. 2018; Han et al. 2015. Teaching: McQuesten
        & Miikkulainen 1997; Furlanello et al. 2018.
    """

    guide: Annotated[str, Words("a name"), Known(GUIDES.__getitem__)] = "elite"
    inherit: bool = True
    again: Share = 0.75
    anew: Share = 0.15
    cells: Annotated[
        tuple[str, ...],
        Words("a list of one or more names"),
        Rule(bool, "not be empty"),
        DISTINCT,
    ] = ("simple", "delta", "ugrnn", "mgu", "gru", "lstm")
    most_layers: Annotated[int, Ge(1), Le(MOST_LAYERS)] = 2
    most_width: Annotated[int, Ge(2), Le(WIDEST)] = 96
    linear_start: bool = True
    efforts: Annotated[tuple[Effort, ...], MinLen(1)] = (1, 3, 9, 27)
    shares: Annotated[tuple[Share, ...], MinLen(1)] = (0.26, 0.18, 0.2, 0.14)
    screening: Share = 0.06
    pruning: Share = 0.16
    teaching: Share = 0.06
    uniting: Share = 0.04
    tolerance: Share = 0.005
    cut: Annotated[float, Gt(0), Lt(1)] = 0.35
    least_gain: Annotated[float, Ge(0), Lt(1)] = 0.01
    population: Annotated[int, Ge(2), Le(1_000)] = 12

    def __post_init__(self) -> None:
        for name in self.cells:
            cells.get(name)
        check_rungs(self.efforts, self.shares, screening=self.screening, pruning=self.pruning)
        if self.teaching + self.uniting > 1:
            raise ConfigError(
                "`teaching` and `uniting` must be 1 in all at most. "
                f"Got {self.teaching} and {self.uniting}."
            )


@settings
class RandomTaps:
    """The same race, and every network drawn evenly: the control of `taps`.

    Attributes:
        taps: Whose space, rungs and shares these are.
    """

    taps: Taps = Taps()

    @property
    def raced(self) -> Taps:
        """The settings of the race."""
        return replace(self.taps, guide="uniform", teaching=0.0, uniting=0.0)


@settings
class UnguidedTaps:
    """The same race among the openers alone: `taps` with the search off.

    Attributes:
        taps: Whose openers, rungs and shares these are.
    """

    taps: Taps = Taps()

    @property
    def raced(self) -> Taps:
        """The settings of the race."""
        return replace(self.taps, guide="openers", teaching=0.0, uniting=0.0)
