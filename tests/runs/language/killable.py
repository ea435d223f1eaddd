"""A training for processes that are killed; who imports this has loaded what they need."""

import shutil
from pathlib import Path

from cellcolony.runs.language.session import resume_language_model

from cellcolony.tasks.language import Language
from tests.runs.language.trainings import trained

EPOCHS = 6


def train(text: Path, out: Path) -> None:
    """Begin a training, or go on with it."""
    if (out / "config.toml").exists():
        resume_language_model(out, device="cpu")
        return
    shutil.rmtree(out, ignore_errors=True)  # it was killed before it was a run
    trained(Language.from_files(text), out, epochs=EPOCHS, optimizer="adam")
