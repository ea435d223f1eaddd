"""The softmax's cross-entropy, plain and in two steps, against torch's own."""

from itertools import pairwise

import pytest

torch = pytest.importorskip("torch")

from cellcolony.layers import softmax  # noqa: E402

ROWS, UNITS, WORDS = 13, 5, 17


def arguments(dtype=torch.float64):
    torch.manual_seed(0)
    hidden, weights, bias = (
        (3 * torch.randn(shape, dtype=dtype)).requires_grad_()
        for shape in ((ROWS, UNITS), (WORDS, UNITS), (WORDS,))
    )
    return hidden, weights, bias, torch.randint(0, WORDS, (ROWS,))


def reference(hidden, weights, bias, targets):
    scores = hidden @ weights.T + bias
    return torch.nn.functional.cross_entropy(scores, targets, reduction="sum")


@pytest.mark.parametrize("n_at_once", [1, 3 * WORDS, 5 * WORDS + 1, ROWS * WORDS, 1 << 20])
def test_value_and_gradients_are_those_of_torch_however_many_rows_at_a_time(monkeypatch, n_at_once):
    monkeypatch.setattr(softmax, "NUMBERS_AT_ONCE", n_at_once)
    found = []
    for loss_of in (softmax.cross_entropy, reference):
        given = arguments()
        loss = loss_of(*given)
        (loss / 20).backward()
        found.append([loss.detach(), *(one.grad for one in given[:3])])
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_large_scores_do_not_overflow():
    hidden, weights, bias, targets = arguments(torch.float32)
    loss = softmax.cross_entropy(hidden * 1e4, weights, bias, targets)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(weights.grad).all()


def test_the_inputs_are_left_as_they_are_and_no_gradient_is_made_where_none_is_wanted():
    given = arguments()
    before = [one.detach().clone() for one in given]
    with torch.no_grad():
        loss = softmax.cross_entropy(*given)
    assert not loss.requires_grad
    assert loss.item() == pytest.approx(reference(*given).item(), rel=1e-12)
    assert all(torch.equal(*pair) for pair in zip(given, before, strict=True))


def test_tied_weights_may_stand_in_both_places():
    torch.manual_seed(1)
    matrix = torch.randn(WORDS, UNITS, dtype=torch.float64, requires_grad=True)
    words, targets = torch.randint(0, WORDS, (2, ROWS))
    bias = torch.zeros(WORDS, dtype=torch.float64)
    gradients = []
    for loss_of in (softmax.cross_entropy, reference):
        matrix.grad = None
        loss_of(matrix[words].tanh(), matrix, bias, targets).backward()
        gradients.append(matrix.grad)
    torch.testing.assert_close(*gradients)


def tailed(cutoffs, dtype=torch.float64):
    hidden, weights, bias, targets = arguments(dtype)
    torch.manual_seed(2)
    rows, shifts = torch.randn(len(cutoffs), UNITS, dtype=dtype), torch.randn(len(cutoffs))
    of_tails = softmax.Tails(cutoffs, rows.requires_grad_(), shifts.to(dtype).requires_grad_())
    return hidden, weights, bias, of_tails, targets


def torchs_own(hidden, weights, bias, tails):
    """log p by torch's adaptive softmax, given the same numbers; its tails have a matrix more."""
    cutoffs = list(tails.cutoffs)
    own = torch.nn.AdaptiveLogSoftmaxWithLoss(
        UNITS, WORDS, cutoffs, div_value=1.0, head_bias=True
    ).double()
    edges = [0, *cutoffs, WORDS]
    with torch.no_grad():
        own.head.weight[:] = torch.cat([weights[: edges[1]], tails.weights])
        own.head.bias[:] = torch.cat([bias[: edges[1]], tails.bias])
        for (first, last), (begin, end) in zip(own.tail, pairwise(edges[1:]), strict=True):
            first.weight[:] = torch.eye(UNITS)
            last.weight[:] = weights[begin:end]  # it has no bias there
    return own.log_prob(hidden)


@pytest.mark.parametrize("cutoffs", [(1,), (6,), (3, 10), (2, 3, 16)])
def test_in_two_steps_it_is_the_adaptive_softmax_of_torch(cutoffs):
    hidden, weights, bias, tails, targets = tailed(cutoffs)
    with torch.no_grad():
        bias[cutoffs[0] :] = 0
        wanted = torchs_own(hidden, weights, bias, tails)
        found = softmax.tailed_log_probabilities(hidden, weights, bias, tails)
        loss = softmax.tailed_cross_entropy(hidden, weights, bias, tails, targets)
    torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(loss, -wanted.gather(1, targets[:, None]).sum())


@pytest.mark.parametrize("cutoffs", [(1,), (3, 10), (2, 3, 16)])
def test_in_two_steps_value_and_gradients_are_those_of_its_log_probabilities(cutoffs):
    found = []
    for in_one in (False, True):
        hidden, weights, bias, tails, targets = given = tailed(cutoffs)
        if in_one:
            log_p = softmax.tailed_log_probabilities(*given[:4])
            torch.testing.assert_close(log_p.exp().sum(1), torch.ones(ROWS, dtype=torch.float64))
            loss = torch.nn.functional.nll_loss(log_p, targets, reduction="sum")
        else:
            loss = softmax.tailed_cross_entropy(*given)
        loss.backward()
        parts = hidden, weights, bias, tails.weights, tails.bias
        found.append([loss.detach(), *(one.grad for one in parts)])
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_a_tail_without_a_target_has_no_gradient_and_does_no_harm():
    hidden, weights, bias, tails, _ = tailed((3, 10))
    loss = softmax.tailed_cross_entropy(hidden, weights, bias, tails, torch.zeros(ROWS).long())
    loss.backward()
    assert torch.isfinite(loss)
    assert weights.grad[3:].eq(0).all()
    assert weights.grad[:3].ne(0).all()
