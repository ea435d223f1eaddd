"""The settings of a training of a language model: what is trained, and how."""

from __future__ import annotations

from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.schedule import Schedule
from cellcolony.settings import settings


@settings
class TextTraining:
    """A language model but for its cells, and its schedule.

    Attributes:
        model: The model.
        schedule: How it is trained.
    """

    model: ModelSettings = ModelSettings()
    schedule: Schedule = Schedule()
