import pytest

from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.ensemble import EnsembleStage
from cellcolony.runs.stages.methods import MethodsStage
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.stages.scores import ScoresStage
from tests.runs import settings

STAGES = (
    ControlStage(), MethodsStage(methods=("fixed",)), EnsembleStage(),
    RivalsStage(names=("persistence", "ridge")), ScoresStage(),
)  # fmt: skip


@pytest.fixture(scope="module")
def ended(read, tmp_path_factory):
    path = tmp_path_factory.mktemp("ensemble") / "run"
    settings.forecast(read, STAGES).run("20 networks", out=path)
    return path
