"""Where candidates and final trainings compute."""

import pytest

from cellcolony.errors import ConfigError, RunError
from tests.runs import settings
from tests.runs.settings import nodes, text_in

torch = pytest.importorskip("torch")


@pytest.mark.skipif(torch.cuda.is_available(), reason="for machines without a GPU")
@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_a_gpu_that_is_not_there_is_told_of_before_the_first_candidate(tmp_path, executor):
    training = settings.LanguageTraining(settings.MODEL, settings.SCHEDULE)
    study = nodes(text_in(tmp_path), (settings.SEARCH,), training=training)
    with pytest.raises((ConfigError, RunError), match="torch sees no GPU here"):
        study.run("2 networks", executor=executor, device="cuda")
