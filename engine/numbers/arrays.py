"""NumPy arrays of binary64: IEEE arithmetic entry by entry, infinities and NaN included.

The caller holds `numpy.errstate(all="ignore")`: a non-finite result is a result here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..arrangement import NOWHERE, Index, Rearrangement, remembered
from ..rule import Rule
from ..shape import Shape, size
from .kernels import SPLIT, TAIL, log_of_sum

Array = NDArray[np.float64]

_NORMAL = np.finfo(np.float64).tiny

# NumPy has no error function: the C library's, entry by entry.
_erf = np.vectorize(math.erf, otypes=[np.float64])
_erfc = np.vectorize(math.erfc, otypes=[np.float64])
_log_of_sum = np.vectorize(log_of_sum, otypes=[np.float64])


@dataclass(frozen=True, slots=True)
class Arrays:
    """binary64 arrays; `share` is the weight of the upper branch at a tie, `kinks` the convention it is taken from."""

    #: Fused kernels run here in place of the rules that they stand beside.
    FUSES: ClassVar[bool] = True

    share: float = 0.0
    kinks: str = "zero"

    def at(self, rule: Rule) -> Arrays:
        """The system with what the convention takes at the kink of `rule`."""
        return replace(self, share=float(rule.at_kink[self.kinks])) if rule.at_kink else self

    def constant(self, number: int | Fraction) -> Any:
        return np.float64(number)

    def tensor(self, numbers: Array) -> Array:
        return numbers

    def shape(self, x: Array) -> Shape:
        return np.shape(x)

    def pi(self) -> Any:
        return np.float64(math.pi)

    def hypot(self, a: Array, b: Array) -> Array:
        return np.hypot(a, b)

    def square(self, x: Array) -> Array:
        return x * x

    def sqrt(self, x: Array) -> Array:
        return np.sqrt(x)

    def exp(self, x: Array) -> Array:
        return np.exp(x)

    def log(self, x: Array) -> Array:
        return np.log(x)

    def log2(self, x: Array) -> Array:
        return np.log2(x)

    def log10(self, x: Array) -> Array:
        return np.log10(x)

    def log1p(self, x: Array) -> Array:
        return np.log1p(x)

    def expm1(self, x: Array) -> Array:
        return np.expm1(x)

    def rsqrt(self, x: Array) -> Array:
        return 1.0 / np.sqrt(x)

    def logaddexp(self, a: Array, b: Array) -> Array:
        found, more = np.logaddexp(a, b), np.maximum(a, b)
        cancels = np.abs(found) < -more / 2
        return np.where(cancels, _log_of_sum(*np.where(cancels, (a, b), 0.0)), found) if np.any(cancels) else found

    def erf(self, x: Array) -> Array:
        return _erf(x)

    def erfc(self, x: Array) -> Array:
        return _erfc(x)

    def gaussian(self, x: Array) -> Array:
        # The square of the first half of the digits is exact: rounding x * x would be amplified by x * x.
        scaled = SPLIT * x
        half = scaled - (scaled - x)
        return np.where(np.abs(x) > TAIL, 0.0, np.exp(-half * half) * np.exp((half - x) * (half + x)))

    def sin(self, x: Array) -> Array:
        return np.sin(x)

    def cos(self, x: Array) -> Array:
        return np.cos(x)

    def tan(self, x: Array) -> Array:
        return np.tan(x)

    def asin(self, x: Array) -> Array:
        return np.arcsin(x)

    def acos(self, x: Array) -> Array:
        return np.arccos(x)

    def atan(self, x: Array) -> Array:
        return np.arctan(x)

    def atan2(self, y: Array, x: Array) -> Array:
        return np.arctan2(y, x)

    def sinh(self, x: Array) -> Array:
        return np.sinh(x)

    def cosh(self, x: Array) -> Array:
        return np.cosh(x)

    def tanh(self, x: Array) -> Array:
        return np.tanh(x)

    def asinh(self, x: Array) -> Array:
        return np.arcsinh(x)

    def acosh(self, x: Array) -> Array:
        return np.arccosh(x)

    def atanh(self, x: Array) -> Array:
        return np.arctanh(x)

    def sigmoid(self, x: Array) -> Array:
        small = np.exp(-np.abs(x))
        return np.where(x >= 0, 1.0, small) / (1.0 + small)

    def pow(self, base: Array, exponent: Array) -> Array:
        return np.power(base, exponent)

    def power_slope(self, base: Array, exponent: Array) -> Array:
        power = np.power(base, exponent)
        # exponent - 1 rounds, which a power amplifies by log(base); the quotient does not need it.
        divided = (np.abs(power) >= _NORMAL) & np.isfinite(power) & (base != 0)
        slope = np.where(divided, exponent * power / base, exponent * np.power(base, exponent - 1))
        return np.where(exponent == 0, 0.0, slope)

    def exponent_slope(self, base: Array, power: Array) -> Array:
        slope = np.where(base > 0, power * np.log(base), np.nan)
        return np.where((base == 0) & np.isfinite(power), 0.0, slope)

    def maximum(self, a: Array, b: Array) -> Array:
        return np.maximum(a, b)

    def minimum(self, a: Array, b: Array) -> Array:
        return np.minimum(a, b)

    def side(self, guard: Array, below: Any, above: Any) -> Array:
        up = guard > 0
        found = np.where(up, np.float64(above), np.float64(below))
        odd = up == (guard < 0)  # neither of both: ties and NaN, which are seldom there
        if not np.any(odd):
            return found
        tie = below * (1.0 - self.share) + above * self.share
        return np.where(odd, np.where(guard == 0, tie, np.nan), found)

    def sign(self, x: Array) -> Array:
        return np.sign(x)

    def floor(self, x: Array) -> Array:
        return np.floor(x)

    def ceil(self, x: Array) -> Array:
        return np.ceil(x)

    def round(self, x: Array) -> Array:
        return np.round(x)

    def trunc(self, x: Array) -> Array:
        return np.trunc(x)

    def equal(self, a: Array, b: Array) -> Array:
        return np.equal(a, b).astype(np.float64)

    def less(self, a: Array, b: Array) -> Array:
        return np.less(a, b).astype(np.float64)

    def less_equal(self, a: Array, b: Array) -> Array:
        return np.less_equal(a, b).astype(np.float64)

    def where(self, condition: Any, a: Array, b: Array) -> Array:
        return np.where(np.asarray(condition) != 0, a, b)

    def run(self, rule: Rule, operands: Sequence[Array]) -> Array:
        """An elementwise op over tensors of one shape, and scalars among them."""
        return rule.forward(self, *operands)

    def through(self, rule: Rule, port: int, grad: Array, out: Array, operands: Sequence[Array]) -> Array:
        """Upstream times local, entry by entry, of one slot of an elementwise op."""
        return rule.local(self, out, operands)[port] * grad

    def reshaped(self, x: Array, shape: Shape) -> Array:
        return np.reshape(x, shape)

    def transposed(self, x: Array) -> Array:
        return np.swapaxes(x, -1, -2)

    def neg(self, x: Array) -> Array:
        return -x

    def sub(self, a: Array, b: Array) -> Array:
        return a - b

    def add(self, a: Array, b: Array) -> Array:
        return a + b

    def mul(self, a: Array, b: Array) -> Array:
        return a * b

    def div(self, a: Array, b: Array) -> Array:
        return a / b

    # --- tensors -------------------------------------------------------------------------------------------------

    def rearranged(self, function: Rearrangement, operands: Sequence[Array], fill: Any) -> Array:
        return function(fill, *operands)

    def returned(self, index: Index, grad: Array) -> tuple[Array, ...]:
        starts = index.starts
        places, weights = index.places.ravel(), np.ravel(grad)
        if NOWHERE in places:
            weights, places = weights[places != NOWHERE], places[places != NOWHERE]
        sums = np.bincount(places, weights=weights, minlength=starts[-1])
        spans = zip(starts, starts[1:], index.shapes, strict=False)
        return tuple(sums[start:end].reshape(shape).astype(np.float64, copy=False) for start, end, shape in spans)

    def spread(self, x: Array, shape: Shape) -> Array:
        return np.broadcast_to(x, shape)

    def sum(self, x: Array, axes: Sequence[int], keepdims: bool = False) -> Array:
        return np.sum(x, axis=tuple(axes), keepdims=keepdims)

    def prod(self, x: Array, axes: Sequence[int], keepdims: bool = False) -> Array:
        return np.prod(x, axis=tuple(axes), keepdims=keepdims)

    def largest(self, x: Array, axes: Sequence[int], keepdims: bool = False) -> Array:
        return np.max(x, axis=tuple(axes), keepdims=keepdims)

    def logsumexp(self, x: Array, axes: Sequence[int], keepdims: bool = False) -> Array:
        top = np.max(x, axis=tuple(axes), keepdims=True)
        # An infinite maximum is the result itself, and infinity - infinity is no number.
        shift = np.where(np.isfinite(top), top, 0.0)
        total = np.log(np.sum(np.exp(x - shift), axis=tuple(axes), keepdims=True)) + shift
        return total if keepdims else np.squeeze(total, axis=tuple(axes))

    def norm(self, x: Array, axes: Sequence[int], keepdims: bool = False) -> Array:
        largest = np.max(np.abs(x), axis=tuple(axes), keepdims=True, initial=0.0)
        # Squares leave the range long before the norm does.
        unit = np.where((largest > 0) & np.isfinite(largest), np.ldexp(1.0, np.frexp(largest)[1]), 1.0)
        norm = unit * np.sqrt(np.sum(np.square(x / unit), axis=tuple(axes), keepdims=True))
        return norm if keepdims else np.squeeze(norm, axis=tuple(axes))

    def over_norm(self, x: Array, norm: Array) -> Array:
        return np.where(norm == 0, 0.0, x / np.where(norm == 0, 1.0, norm))

    def winners(self, x: Array, axes: Sequence[int], first: Sequence[str]) -> Array:
        """Weights of the largest over axes: even at a tie, or all to the first under the conventions `first`."""
        tied = x == np.max(x, axis=tuple(axes), keepdims=True)
        if self.kinks not in first:
            return tied / np.sum(tied, axis=tuple(axes), keepdims=True)
        kept = [axis for axis in range(x.ndim) if axis not in axes]
        order = [*kept, *axes]
        lined = np.transpose(tied, order)
        rows = lined.reshape(size(tuple(x.shape[axis] for axis in kept)), -1)
        chosen = np.zeros(rows.shape)
        chosen[np.arange(len(rows)), np.argmax(rows, axis=1)] = 1.0
        return np.transpose(chosen.reshape(lined.shape), np.argsort(order))

    def largest_of(self, function: Rearrangement, x: Array) -> Array:
        return np.max(function(-np.inf, x), axis=-1)

    def sent_to_winners(
        self, function: Rearrangement, x: Array, grad: Array, first: Sequence[str]
    ) -> tuple[Array, ...]:
        rows = function(-np.inf, x)
        shares = self.winners(rows, (rows.ndim - 1,), first)
        return self.returned(remembered(function, (x.shape,)), shares * grad[..., None])

    def largest_place(self, x: Array, axis: int, keepdims: bool) -> Array:
        return np.argmax(x, axis=axis, keepdims=keepdims).astype(np.float64)

    def places(self, x: Array) -> NDArray[np.int64]:
        return np.asarray(x).astype(np.int64)

    def nowhere(self) -> Any:
        return np.float64(np.nan)

    def matmul(self, a: Array, b: Array) -> Array:
        return np.matmul(a, b)

    def einsum(self, operands: Sequence[Array], labels: Sequence[Sequence[int]], output: Sequence[int]) -> Array:
        pairs: list[Any] = [part for x, own in zip(operands, labels, strict=True) for part in (x, list(own))]
        product: Any = np.einsum  # its stubs know only the spelling with letters
        return product(*pairs, list(output), optimize=len(operands) > 2)

    def cumsum(self, x: Array, axis: int) -> Array:
        return np.cumsum(x, axis=axis)

    def exclusive_products(self, x: Array, axes: Sequence[int]) -> Array:
        if not x.size:
            return x
        kept = [axis for axis in range(x.ndim) if axis not in axes]
        order = [*kept, *axes]
        lined = np.transpose(x, order)
        rows = lined.reshape(size(tuple(x.shape[axis] for axis in kept)), size(tuple(x.shape[axis] for axis in axes)))
        if not rows.size:
            return x
        ones = np.ones((len(rows), 1))
        before = np.cumprod(np.concatenate([ones, rows[:, :-1]], axis=1), axis=1)
        after = np.cumprod(np.concatenate([ones, rows[:, :0:-1]], axis=1), axis=1)[:, ::-1]
        return np.transpose((before * after).reshape(lined.shape), np.argsort(order))
