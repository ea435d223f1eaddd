import pytest


@pytest.fixture(autouse=True)
def few_epochs(request, monkeypatch):
    """The Meta-LSTM hardly trains, and a little where a test asks for it."""
    sequence = pytest.importorskip("cellcolony.judges.meta.sequence")
    n_epochs = 40 if "learned" in request.fixturenames else 2
    monkeypatch.setattr(sequence, "MOST_EPOCHS", n_epochs)


@pytest.fixture
def learned():
    """Let a test train it."""
