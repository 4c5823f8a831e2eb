"""Gates that work on whole tensors: shapes that were turned over, sums over a batch, losses (grading.md 10.4)."""

from typing import Any

import numpy as np

from ....engine.numbers.tensors import array
from .declaration import Kind, Pull, misconception

#: Losses that are a mean over their entries or samples, where their attributes do not say otherwise.
LOSSES = ("mse_loss", "l1_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "nll_loss",
          "softmax_cross_entropy", "hinge_loss")  # fmt: skip


@misconception("shape", Kind.TENSOR, gates=("matmul", "linear", "gemm", "outer"))
def transposed_result(xp: Any, pull: Pull) -> Any:
    """The gradient of a matrix was written the other way round.

    Why it is wrong: the gradient has the shape of the matrix: entry (i, j) belongs to entry (i, j).
    In the numbers: the claim is the transpose of the right gradient.
    Example: for q = W·x, dW written as x·dqᵀ.
    Instead: dW = dq·xᵀ: row i comes from q_i, column j from x_j.
    """
    return pull.right.T if pull.right.ndim == 2 and min(pull.right.shape) > 1 else []


@misconception("shape", Kind.TENSOR, gates=("matmul",))
def transposed_operand(xp: Any, pull: Pull) -> Any:
    """The other matrix was not transposed.

    Why it is wrong: what goes forward along a row comes back along a column.
    In the numbers: the claim is G·B in place of G·Bᵀ, or A·G in place of Aᵀ·G.
    Example: for q = W·x, dx written as W·dq.
    Instead: dx = Wᵀ·dq.
    """
    left, right = pull.operands[:2]
    pair = (pull.up, right) if pull.port == 0 else (left, pull.up)
    if any(one.ndim == 0 for one in pair) or pair[0].shape[-1] != pair[1].shape[0] or pair[1].ndim > 2:
        return []
    return _product(*pair)


@misconception("shape", Kind.TENSOR, gates=("broadcast_to", "linear", "gemm"))
def unbroadcast_not_summed(xp: Any, pull: Pull) -> Any:
    """The gradient of one sample stands for that of all.

    Why it is wrong: a number that is used for every row influences the objective through every row.
    In the numbers: the claim is one row of what arrives.
    Example: a bias for 3 samples that send 1, 2 and 4; writing 1.
    Instead: add over the samples: 7.
    """
    return list(pull.up) if pull.up.ndim == pull.right.ndim + 1 and pull.up.shape[1:] == pull.right.shape else []


@misconception("shape", Kind.TENSOR, gates=("broadcast_to", "linear", "gemm"))
def unbroadcast_mean(xp: Any, pull: Pull) -> Any:
    """What the samples send was averaged.

    Why it is wrong: gradients of a number that is used many times add up.
    In the numbers: the claim is the sum divided by the number of samples.
    Example: a bias for 3 samples that send 1, 2 and 6; writing 3.
    Instead: add over the samples: 9.
    """
    count = pull.up.size // max(1, pull.right.size)
    return _times(pull.right, 1 / xp.constant(count)) if count > 1 else []


@misconception("distribute", Kind.TENSOR, gates=("reduce_mean",))
def mean_not_divided(xp: Any, pull: Pull) -> Any:
    """A mean passed the whole gradient to every entry.

    Why it is wrong: each of n entries moves the mean by one n-th.
    In the numbers: the claim is g in place of g/n.
    Example: the mean of 4 entries with upstream 1; writing 1.
    Instead: 1/4.
    """
    return _times(pull.right, xp.constant(pull.right.size // pull.up.size))


@misconception("scale", Kind.TENSOR, gates=LOSSES)
def batch_mean_missing(xp: Any, pull: Pull) -> Any:
    """The loss was differentiated as a sum, and it is a mean.

    Why it is wrong: a mean over n samples divides the influence of each by n.
    In the numbers: the claim is n times the right gradient.
    Example: two samples; writing p - y.
    Instead: (p - y)/2.
    """
    return [_times(pull.right, xp.constant(count)) for count in _counts(pull)]


@misconception("scale", Kind.TENSOR, gates=LOSSES)
def batch_mean_doubled(xp: Any, pull: Pull) -> Any:
    """The gradient of the loss was divided by the number of samples twice.

    Why it is wrong: the loss is a mean already.
    In the numbers: the claim is the right gradient divided by n once more.
    Example: two samples; writing (p - y)/4.
    Instead: (p - y)/2.
    """
    return [_times(pull.right, 1 / xp.constant(count)) for count in _counts(pull)]


@misconception("scale", Kind.TENSOR, gates=("mse_loss",))
def half_factor(xp: Any, pull: Pull) -> Any:
    """The 2 of a squared error was lost, or counted twice.

    Why it is wrong: (x - y)² has the slope 2·(x - y); only (x - y)²/2 has the slope x - y.
    In the numbers: the claim is half or twice the right gradient.
    Example: x - y = 3 in one entry; writing 3.
    Instead: 2·3 = 6.
    """
    return [_times(pull.right, factor) for factor in (1 / xp.constant(2), xp.constant(2))]


@misconception("formula", Kind.TENSOR, gates=("softmax",))
def softmax_diagonal_only(xp: Any, pull: Pull) -> Any:
    """A softmax was differentiated as if every output hung on its own input alone.

    Why it is wrong: each input moves all outputs, since they add up to 1.
    In the numbers: the claim is s·(1 - s)·g, entry by entry.
    Example: outputs 0.7 and 0.3 with upstream 1 and 0; writing 0.21 and 0.
    Instead: s·(g - Σ g·s): 0.21 and -0.21.
    """
    return pull.up * pull.out * (1 - pull.out)


@misconception("sign", Kind.TENSOR, gates=LOSSES)
def ce_sign(xp: Any, pull: Pull) -> Any:
    """The difference in the gradient of a loss was taken the wrong way round.

    Why it is wrong: a prediction above its target raises the loss when it grows.
    In the numbers: the claim is y - p in place of p - y.
    Example: p = 0.7, y = 1; writing 0.3.
    Instead: 0.7 - 1 = -0.3.
    """
    return -pull.right


@misconception("fork", Kind.TENSOR, gates=("gather", "embedding"))
def gather_overwrites(xp: Any, pull: Pull) -> Any:
    """Of entries that were read several times, only one reading was kept.

    Why it is wrong: every reading carries part of the influence.
    In the numbers: the claim is what one reading sends, not the sum.
    Example: row 2 read twice, with upstream 1 and 4; writing 4.
    Instead: add: 5.
    """
    if pull.port != 0 or pull.up.shape[1:] != pull.right.shape[1:] or len(pull.operands) < 2:
        return []
    rows = [int(index.low) for index in pull.operands[1].flat]
    if len(rows) != len(pull.up) or min(rows, default=0) < 0:
        return []
    return [_kept(pull, rows, order) for order in (range(len(rows)), reversed(range(len(rows))))]


def _kept(pull: Pull, rows: list[int], order: Any) -> Any:
    """The rows that are left when each reading overwrites the one before."""
    found = pull.right.copy()
    for place in order:
        found[rows[place]] = pull.up[place]
    return found


def _counts(pull: Pull) -> list[int]:
    """How many entries, and how many samples, the mean of a loss may be over."""
    if not pull.is_mean or pull.right.ndim == 0:
        return []
    return sorted({pull.right.size, pull.right.shape[0]} - {1})


def _times(numbers: Any, factor: Any) -> Any:
    """Every entry times a number; an interval is a tuple, which NumPy would take apart."""
    return array([entry * factor for entry in numbers.flat], numbers.shape)


def _product(a: Any, b: Any) -> Any:
    """A matrix product of numbers of any system; nothing where it is a single number."""
    found: Any = np.dot(a, b)
    return found if getattr(found, "ndim", 0) else []
