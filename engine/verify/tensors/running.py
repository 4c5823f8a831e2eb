"""Running bounds: tensors of doubles, each beside how far rounding, or an open choice at a kink, may have moved it.

A tensor system like `engine/numbers/arrays.py`, so that every op, composites included, runs in it by its own rules.
Bounds are of first order, worst case over the order of sums (gamma_K of verification.md 5.3). At a tie a gate's slope
is the middle of its two branches, and the way to either is a bound of its own: `open`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...arrangement import Index, Rearrangement, remembered
from ...numbers.arrays import Arrays
from ...registry import OPS
from ...rule import Rule
from ...shape import Shape

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bounded:
    """Numbers, how far rounding may have moved each, and how far a choice at a kink may."""

    value: Any
    rounding: Any
    open: Any

    @property
    def shape(self) -> Shape:
        """The tensor's shape."""
        return np.shape(self.value)

    @property
    def swing(self) -> Any:
        """Both bounds together."""
        return self.rounding + self.open


def exactly(value: Any) -> Bounded:
    """Numbers that are taken as they stand."""
    zero = np.zeros(np.shape(value))
    return Bounded(np.asarray(value, dtype=np.float64), zero, zero)


@dataclass(frozen=True, slots=True)
class Running:
    """Arithmetic with running bounds; `unit` is the roundoff of a stored number, `inside` of one inside an op."""

    unit: float
    inside: float
    arrays: Arrays = field(default_factory=Arrays)

    def __getattr__(self, name: str) -> Callable[..., Bounded]:
        """An elementwise op by its name."""
        if name not in OPS:
            raise AttributeError(name)
        return partial(_called, self, OPS[name])

    def at(self, rule: Rule) -> Running:
        """The system itself: at a kink both branches count."""
        return self

    def shape(self, x: Bounded) -> Shape:
        """The tensor's shape."""
        return x.shape

    def constant(self, number: Any) -> Bounded:
        """A rational, rounded."""
        return self.tensor(self.arrays.constant(number))

    def tensor(self, numbers: Any) -> Bounded:
        """Numbers that a rule contains, each rounded once."""
        finite = np.where(np.isfinite(numbers), numbers, 0.0)
        return Bounded(np.asarray(numbers), self.unit * np.abs(finite), np.zeros(np.shape(numbers)))

    # --- entry by entry ------------------------------------------------------------------------------------------

    def run(self, rule: Rule, operands: Sequence[Bounded]) -> Bounded:
        """An elementwise op forward: every operand's bounds times the largest slope nearby, and its own rounding."""
        value = np.asarray(rule.forward(self.arrays, *(x.value for x in operands)), dtype=np.float64)
        rounding = self._rounded(rule, value) + self.inside * rule.error.besides([np.abs(x.value) for x in operands])
        open_ = np.zeros(value.shape)
        for slope, x in zip(_steepest(rule, value, operands), operands, strict=True):
            rounding = rounding + _times(slope, x.rounding)
            open_ = open_ + _times(slope, x.open)
        return Bounded(value, rounding, open_)

    def through(self, rule: Rule, port: int, grad: Bounded, out: Bounded, operands: Sequence[Bounded]) -> Bounded:
        """Upstream times local of one slot: bounds of either times the size of the other, and the product's own."""
        low, high = (_slope(rule, port, share, out.value, [x.value for x in operands]) for share in (0.0, 1.0))
        local = (low + high) / 2
        choice = np.abs(high - low) / 2
        change = self._change(rule, port, out, operands, local)
        value = local * grad.value
        rounding = change * np.abs(grad.value) + _times(np.abs(local) + choice, grad.rounding)
        rounding = rounding + rule.error.product * self.unit * np.abs(value)
        open_ = choice * np.abs(grad.value) + _times(np.abs(local) + choice, grad.open)
        return Bounded(value, rounding, open_)

    def _rounded(self, rule: Rule, value: Any) -> Any:
        steps = self.unit + (rule.error.value - 1) * self.inside if rule.error.value else 0.0
        size = np.abs(np.where(np.isfinite(value), value, 0.0))
        return steps * size + rule.error.kernels(size)

    def _change(self, rule: Rule, port: int, out: Bounded, operands: Sequence[Bounded], local: Any) -> Any:
        """How far the local gradient may be off: by its formula, and because its operands are."""
        own = rule.error.slope(np.abs(local), np.abs(out.value), np.abs(operands[0].value))
        if rule.error.logarithm:
            own = own + rule.error.logarithm * np.abs(np.log(np.abs(operands[0].value))) * np.abs(local)
        moved = [
            _slope(rule, port, 0.5, out.value + sign * out.swing, [x.value + sign * x.swing for x in operands])
            for sign in (1, -1)
        ]
        return self.inside * own + np.maximum(*(np.abs(there - local) for there in moved))

    # --- rearrangements ------------------------------------------------------------------------------------------

    def rearranged(self, function: Rearrangement, operands: Sequence[Bounded], fill: Bounded) -> Bounded:
        """Entries at their new places."""
        return Bounded(
            function(fill.value, *(x.value for x in operands)),
            function(0.0, *(x.rounding for x in operands)),
            function(0.0, *(x.open for x in operands)),
        )

    def returned(self, index: Index, grad: Bounded) -> tuple[Bounded, ...]:
        """Sums over the places that entries went to."""
        value, sizes, rounding, open_, count = (
            self.arrays.returned(index, part)
            for part in (grad.value, np.abs(grad.value), grad.rounding, grad.open, np.ones(grad.shape))
        )
        return tuple(
            Bounded(v, r + np.maximum(n - 1, 0) * self.unit * s, o)
            for v, s, r, o, n in zip(value, sizes, rounding, open_, count, strict=True)
        )

    def spread(self, x: Bounded, shape: Shape) -> Bounded:
        """Broadcast by NumPy's rule."""
        return self._each(lambda part: np.broadcast_to(part, shape), x)

    def reshaped(self, x: Bounded, shape: Shape) -> Bounded:
        """The same entries under another shape."""
        return self._each(lambda part: np.reshape(part, shape), x)

    def transposed(self, x: Bounded) -> Bounded:
        """The last two axes exchanged."""
        return self._each(lambda part: np.swapaxes(part, -1, -2), x)

    def places(self, x: Bounded) -> NDArray[np.int64]:
        """Integers."""
        return self.arrays.places(x.value)

    def nowhere(self) -> Bounded:
        """What an index outside a tensor reads."""
        return exactly(self.arrays.nowhere())

    def _each(self, function: Callable[[Any], Any], x: Bounded) -> Bounded:
        return Bounded(function(x.value), function(x.rounding), function(x.open))

    # --- sums and products ---------------------------------------------------------------------------------------

    def sum(self, x: Bounded, axes: Sequence[int], keepdims: bool = False) -> Bounded:
        """Sums over axes."""
        total = partial(self.arrays.sum, axes=axes, keepdims=keepdims)
        return Bounded(
            total(x.value), total(x.rounding) + self._gamma(x.shape, axes) * total(np.abs(x.value)), total(x.open)
        )

    def cumsum(self, x: Bounded, axis: int) -> Bounded:
        """Running sums along an axis."""
        total = partial(self.arrays.cumsum, axis=axis)
        return Bounded(
            total(x.value), total(x.rounding) + self._gamma(x.shape, (axis,)) * total(np.abs(x.value)), total(x.open)
        )

    def prod(self, x: Bounded, axes: Sequence[int], keepdims: bool = False) -> Bounded:
        """Products over axes: bounds by the products of the largest sizes."""
        return self._monotone(x, partial(self.arrays.prod, axes=axes, keepdims=keepdims), self._gamma(x.shape, axes))

    def exclusive_products(self, x: Bounded, axes: Sequence[int]) -> Bounded:
        """For every entry the product of the others."""
        return self._monotone(x, partial(self.arrays.exclusive_products, axes=axes), self._gamma(x.shape, axes))

    def _monotone(self, x: Bounded, function: Callable[[Any], Any], gamma: float) -> Bounded:
        sizes, value = np.abs(x.value), function(x.value)
        plain, wider, widest = function(sizes), function(sizes + x.rounding), function(sizes + x.swing)
        return Bounded(value, wider - plain + gamma * wider, widest - wider)

    def matmul(self, a: Bounded, b: Bounded) -> Bounded:
        """Matrix products over the last two axes."""
        return self._contracted(self.arrays.matmul, (a, b), a.shape[-1] + 2)

    def einsum(self, operands: Sequence[Bounded], labels: Sequence[Sequence[int]], output: Sequence[int]) -> Bounded:
        """Sums of products over labelled axes."""

        def product(*parts: Any) -> Any:
            return self.arrays.einsum(parts, labels, output)

        pairs = {
            label: n for x, own in zip(operands, labels, strict=True) for label, n in zip(own, x.shape, strict=True)
        }
        terms = int(np.prod([n for label, n in pairs.items() if label not in output]))
        return self._contracted(product, operands, terms + len(operands))

    def _contracted(self, product: Callable[..., Any], operands: Sequence[Bounded], steps: int) -> Bounded:
        """A multilinear function: each bound with the sizes of the others, and the rounding of its sums."""
        sizes = [np.abs(x.value) for x in operands]
        rounding = self._steps(steps) * product(*sizes)
        open_ = np.zeros(np.shape(rounding))
        for k, x in enumerate(operands):
            before, after = sizes[:k], [s + y.swing for s, y in zip(sizes[k + 1 :], operands[k + 1 :], strict=True)]
            rounding = rounding + product(*before, x.rounding, *after)
            if np.any(x.open):
                open_ = open_ + product(*before, x.open, *after)
        return Bounded(product(*(x.value for x in operands)), rounding, open_)

    # --- extremes and norms --------------------------------------------------------------------------------------

    def largest(self, x: Bounded, axes: Sequence[int], keepdims: bool = False) -> Bounded:
        """The largest over axes moves no further than an entry does."""
        return self._each(partial(self.arrays.largest, axes=axes, keepdims=keepdims), x)

    def largest_of(self, function: Rearrangement, x: Bounded) -> Bounded:
        """The largest of each row that a rearrangement lays out."""
        return Bounded(
            self.arrays.largest_of(function, x.value),
            np.max(function(0.0, x.rounding), axis=-1),
            np.max(function(0.0, x.open), axis=-1),
        )

    def winners(self, x: Bounded, axes: Sequence[int], first: Sequence[str]) -> Bounded:
        """Shares of those that may be the largest: all to one, or open between them."""
        top = np.max(x.value - x.swing, axis=tuple(axes), keepdims=True)
        able = (x.value + x.swing >= top).astype(np.float64)
        share = able / np.sum(able, axis=tuple(axes), keepdims=True)
        return Bounded(share, np.zeros(share.shape), np.where(able > 0, 1 - share, 0.0))

    def sent_to_winners(
        self, function: Rearrangement, x: Bounded, grad: Bounded, first: Sequence[str]
    ) -> tuple[Bounded, ...]:
        """What x receives where each row's gradient goes to its largest."""
        rows = Bounded(function(-np.inf, x.value), function(0.0, x.rounding), function(0.0, x.open))
        shares = self.winners(rows, (len(rows.shape) - 1,), first)
        sent = self.mul(shares, self._each(lambda part: np.broadcast_to(part[..., None], rows.shape), grad))
        return self.returned(remembered(function, (x.shape,)), sent)

    def largest_place(self, x: Bounded, axis: int, keepdims: bool) -> Bounded:
        """Places are not judged."""
        return exactly(self.arrays.largest_place(x.value, axis, keepdims))

    def logsumexp(self, x: Bounded, axes: Sequence[int], keepdims: bool = False) -> Bounded:
        """The mean of the bounds under softmax, and the rounding of the sum and of its logarithm."""
        value = self.arrays.logsumexp(x.value, axes, True)
        share = np.exp(x.value - value)
        total = partial(self.arrays.sum, axes=axes, keepdims=keepdims)
        shown = value if keepdims else np.squeeze(value, axis=tuple(axes))
        distance = np.where(share > 0, np.abs(x.value - value), 0.0)
        own = self._gamma(x.shape, axes) + 8 * self.inside + 2 * self.inside * total(share * distance)
        own = own + 2 * self.unit * np.abs(shown)
        return Bounded(shown, total(share * x.rounding) + own, total(share * x.open))

    def norm(self, x: Bounded, axes: Sequence[int], keepdims: bool = False) -> Bounded:
        """A norm moves no further than the norm of the movement."""
        length = partial(self.arrays.norm, axes=axes, keepdims=keepdims)
        value = length(x.value)
        return Bounded(
            value, length(x.rounding) + (self._gamma(x.shape, axes) + 4 * self.inside) * value, length(x.open)
        )

    def over_norm(self, x: Bounded, norm: Bounded) -> Bounded:
        """x / norm; where the norm may be 0 every direction of length 1 is open."""
        sure = norm.value > norm.swing
        found = self.div(x, Bounded(np.where(sure, norm.value, 1.0), norm.rounding, norm.open))
        return Bounded(
            np.where(sure, found.value, 0.0), np.where(sure, found.rounding, 0.0), np.where(sure, found.open, 1.0)
        )

    def _gamma(self, shape: Shape, axes: Sequence[int]) -> float:
        return self._steps(int(np.prod([shape[axis] for axis in axes])) + 1)

    def _steps(self, count: int) -> float:
        """The rounding of `count` steps inside an op, and of what it stores."""
        return count * self.inside + self.unit


def _called(running: Running, rule: Rule, *operands: Bounded) -> Bounded:
    return running.run(rule, operands)


def _steepest(rule: Rule, value: Any, operands: Sequence[Bounded]) -> list[Any]:
    """The largest size of every slope, at the point and as far off it as its operands may be, on either branch."""
    if not any(np.any(x.swing) for x in operands):
        return [0.0 for _ in operands]
    if rule.surrogate:
        return [1.0 for _ in operands]  # the value moves with its operand, whatever is declared of the gradient
    centre = [x.value for x in operands]
    points = [centre, *([x.value + sign * x.swing for x in operands] for sign in (1, -1))]
    found: list[Any] = [0.0 for _ in operands]
    for numbers in points:
        out = rule.forward(Arrays(), *numbers)
        for share in (0.0, 1.0):
            slopes = rule.local(Arrays(share), out, numbers)
            found = [np.fmax(best, np.abs(slope)) for best, slope in zip(found, slopes, strict=True)]
    return found


def _slope(rule: Rule, port: int, share: float, out: Any, operands: Sequence[Any]) -> Any:
    found = np.asarray(rule.local(Arrays(share), out, operands)[port], dtype=np.float64)
    return np.broadcast_to(found, np.shape(out))


def _times(slope: Any, bound: Any) -> Any:
    """slope * bound, and 0 where there is no bound, whatever the slope."""
    return np.where(bound == 0, 0.0, slope * bound)
