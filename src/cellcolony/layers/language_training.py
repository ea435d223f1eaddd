"""How a cell is trained as a language model: what the model is made of, and by which schedule."""

from __future__ import annotations

from dataclasses import field

from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.schedule import Schedule
from cellcolony.settings import settings


@settings
class LanguageTraining:
    """A language model but for its cells, and how it is trained.

    Attributes:
        model: What the model is made of.
        schedule: How it is trained.
    """

    model: ModelSettings = field(default_factory=ModelSettings)
    schedule: Schedule = field(default_factory=Schedule)
