"""Tensors of any numbers: arrays whose entries are balls, intervals, rationals, boxes, or wires of a circuit.

A system for single numbers becomes one for tensors: functions run entry by entry, sums and products go through the
entries in their order. Slow, and as rigorous as the numbers are. A single number is an array of shape ().
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial, reduce
from math import prod
from operator import add, mul, neg, sub
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from ..arrangement import NOWHERE, Index, Rearrangement, numbered
from ..rule import Rule
from ..shape import Shape, reduced_shape
from .analytic import Box
from .complexes import Complex
from .intervals import Interval
from .protocol import Outside, Undecided
from .work import Worked

#: An array of numbers of one system, of NumPy's dtype object.
Entries = Any


class Hidden:
    """Minus infinity, by which a mask hides a score: the one number beside those of a system that tensors may hold."""


HIDDEN = Hidden()


class Tensors:
    """The tensor form of the number system `each`."""

    def __init__(self, each: Any) -> None:
        self.each = each

    def __getattr__(self, name: str) -> Callable[..., Entries]:
        """A function of the system, entry by entry."""
        function = self.seeing(name, getattr(self.each, name))

        def mapped(*operands: Entries) -> Entries:
            return entrywise(function, operands)

        return mapped

    def run(self, rule: Rule, operands: Sequence[Entries]) -> Entries:
        """An elementwise op over tensors of one shape, and scalars among them."""
        return entrywise(self.seeing(rule.name, partial(rule.forward, self.each)), operands)

    def seeing(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function of the system that knows what is hidden."""

        def taken(*numbers: Any) -> Any:
            unseen = any(number is HIDDEN for number in numbers)
            return self._hidden(name, numbers) if unseen else function(*numbers)

        return taken

    def _hidden(self, name: str, numbers: Sequence[Any]) -> Any:
        """What a function makes where some operands are minus infinity."""
        shown = [number for number in numbers if number is not HIDDEN]
        if name == "add" or (name == "sub" and shown and numbers[0] is HIDDEN):
            return HIDDEN
        if name in ("maximum", "logaddexp") and shown:
            return shown[0]
        if name == "exp":
            return self.each.constant(0)
        raise Outside(f"{name} of minus infinity")

    def through(self, rule: Rule, port: int, grad: Entries, out: Entries, operands: Sequence[Entries]) -> Entries:
        """Upstream times local, entry by entry, of one slot of an elementwise op."""

        def sent(upstream: Any, value: Any, *numbers: Any) -> Any:
            return rule.local(self.each, value, numbers)[port] * upstream

        return entrywise(sent, [grad, out, *operands])

    def reshaped(self, x: Entries, shape: Shape) -> Entries:
        """The same entries, in C order, under another shape."""
        return np.reshape(x, shape)

    def transposed(self, x: Entries) -> Entries:
        """The last two axes exchanged."""
        return np.swapaxes(x, -1, -2)

    def neg(self, x: Entries) -> Entries:
        """-x, entry by entry."""
        return entrywise(neg, (x,))

    def sub(self, a: Entries, b: Entries) -> Entries:
        """a - b, entry by entry."""
        return entrywise(self.seeing("sub", sub), (a, b))

    def add(self, a: Entries, b: Entries) -> Entries:
        """a + b, entry by entry; NumPy's own sum of two single numbers would be no tensor."""
        return entrywise(self.seeing("add", add), (a, b))

    def mul(self, a: Entries, b: Entries) -> Entries:
        """a * b, entry by entry."""
        return entrywise(mul, (a, b))

    def div(self, a: Entries, b: Entries) -> Entries:
        """a / b, entry by entry."""
        return entrywise(_quotient, (a, b))

    def constant(self, number: Any) -> Entries:
        """A rational as a tensor of shape ()."""
        return array([self.each.constant(number)], ())

    def tensor(self, numbers: Any) -> Entries:
        """Doubles as a tensor of the system's numbers; minus infinity hides what it is added to."""
        entries = [HIDDEN if number == -np.inf else self.each.constant(Fraction(number)) for number in numbers.flat]
        return array(entries, numbers.shape)

    def at(self, rule: Rule) -> Tensors:
        """The system itself: what stands at a tie is not chosen by name here."""
        return self

    def shape(self, x: Entries) -> Shape:
        """The shape of a tensor."""
        return x.shape

    # --- arrangement ---------------------------------------------------------------------------------------------

    def rearranged(self, function: Rearrangement, operands: Sequence[Entries], fill: Entries) -> Entries:
        """Entries at their new places, `fill` where none was read."""
        index = numbered(function, tuple(operand.shape for operand in operands))
        entries = [entry for operand in operands for entry in flat(operand)] + flat(fill)
        # NOWHERE is -1, and the filling stands last.
        return array([entries[place] for place in index.places.ravel().tolist()], index.places.shape)

    def returned(self, index: Index, grad: Entries) -> tuple[Entries, ...]:
        """What every operand of a rearrangement receives: each entry the sum over the places that it went to."""
        starts = index.starts
        sums: list[Any] = [None] * starts[-1]
        for place, entry in zip(index.places.ravel().tolist(), flat(grad), strict=True):
            if place != NOWHERE:
                sums[place] = entry if sums[place] is None else sums[place] + entry
        known = [self.each.constant(0) if entry is None else entry for entry in sums]
        spans = zip(starts, starts[1:], index.shapes, strict=False)
        return tuple(array(known[start:end], shape) for start, end, shape in spans)

    def spread(self, x: Entries, shape: Shape) -> Entries:
        """A tensor broadcast by NumPy's rule."""
        return np.broadcast_to(x, shape)

    # --- sums and products ---------------------------------------------------------------------------------------

    def sum(self, x: Entries, axes: Sequence[int], keepdims: bool = False) -> Entries:
        """Sums over axes."""
        return self._folded(add, x, axes, keepdims, 0)

    def prod(self, x: Entries, axes: Sequence[int], keepdims: bool = False) -> Entries:
        """Products over axes."""
        return self._folded(mul, x, axes, keepdims, 1)

    def largest(self, x: Entries, axes: Sequence[int], keepdims: bool = False) -> Entries:
        """The largest over axes."""
        rows, _ = _rows(x, axes)
        return array([self.largest_in(row) for row in rows], reduced_shape(x.shape, axes, keepdims=keepdims))

    def largest_in(self, row: Sequence[Any]) -> Any:
        """The largest of a row: one maximum after the other."""
        return reduce(self.each.maximum, row)

    def logsumexp(self, x: Entries, axes: Sequence[int], keepdims: bool = False) -> Entries:
        """The logarithm of the sum of exponentials over axes."""
        return self._folded(self.seeing("logaddexp", self.each.logaddexp), x, axes, keepdims, None)

    def norm(self, x: Entries, axes: Sequence[int], keepdims: bool = False) -> Entries:
        """The Euclidean norm over axes."""
        return self.sqrt(self.sum(self.square(x), axes, keepdims))

    def over_norm(self, x: Entries, norm: Entries) -> Entries:
        """x / norm; at norm 0 there is no derivative and no choice is made."""
        return self.div(x, norm)

    def winners(self, x: Entries, axes: Sequence[int], first: Sequence[str]) -> Entries:
        """1 for the largest over axes, 0 for the others; a tie is not decided."""
        rows, back = _rows(x, axes)
        return back([self._won(row, k) for row in rows for k in range(len(row))])

    def largest_of(self, function: Rearrangement, x: Entries) -> Entries:
        """The largest of each row that a rearrangement lays out, of what it reads of x."""
        rows, shape = read_rows(function, x)
        return array([self.largest_in(row) for row in rows], shape)

    def sent_to_winners(
        self, function: Rearrangement, x: Entries, grad: Entries, first: Sequence[str]
    ) -> tuple[Entries, ...]:
        """What x receives where each row's gradient goes to its largest; a tie is not decided."""
        rows, _ = read_rows(function, x)
        index = numbered(function, (x.shape,))
        absent = self.each.constant(0)
        sent: list[Any] = []
        for row, upstream, places in zip(rows, flat(grad), index.places.reshape(len(rows), -1).tolist(), strict=True):
            won = iter([self._won(row, k) * upstream for k in range(len(row))])
            sent.extend(absent if place == NOWHERE else next(won) for place in places)
        return self.returned(index, array(sent, index.places.shape))

    def places(self, x: Entries) -> NDArray[np.int64]:
        """Integers as what NumPy indexes with."""
        return np.array([_whole(entry) for entry in flat(x)], dtype=np.int64).reshape(x.shape)

    def largest_place(self, x: Entries, axis: int, keepdims: bool) -> Entries:
        """The place of the largest along an axis, the first at a tie; Undecided if enclosures do not tell."""
        rows, _ = _rows(x, (axis,))
        found = [self.each.constant(reduce(partial(self._better, row), range(len(row)))) for row in rows]
        return array(found, reduced_shape(x.shape, (axis,), keepdims=keepdims))

    def nowhere(self) -> Entries:
        """What an index outside a tensor reads: no number."""
        return array([None], ())

    def einsum(self, operands: Sequence[Entries], labels: Sequence[Sequence[int]], output: Sequence[int]) -> Entries:
        """Sums of products over labelled axes, as `numpy.einsum`; `labels` has one list an operand."""
        pairs = [pair for x, own in zip(operands, labels, strict=True) for pair in zip(own, x.shape, strict=True)]
        extents = dict(pairs)
        summed = [label for label in extents if label not in output]
        found = [
            self._term_sum(operands, labels, dict(zip(output, place, strict=True)), summed, extents)
            for place in np.ndindex(*(extents[label] for label in output))
        ]
        return array(found, tuple(extents[label] for label in output))

    def matmul(self, a: Entries, b: Entries) -> Entries:
        """Matrix products over the last two axes; leading axes are equal."""
        lead = list(range(3, a.ndim + 1))
        return self.einsum((a, b), ([*lead, 0, 1], [*lead, 1, 2]), [*lead, 0, 2])

    def cumsum(self, x: Entries, axis: int) -> Entries:
        """Running sums along an axis."""
        return np.add.accumulate(x, axis=axis) if x.size else x

    def exclusive_products(self, x: Entries, axes: Sequence[int]) -> Entries:
        """For every entry the product of the others over axes."""
        rows, back = _rows(x, axes)
        one = self.each.constant(1)
        return back([reduce(mul, [*row[:k], *row[k + 1 :]], one) for row in rows for k in range(len(row))])

    def _term_sum(
        self,
        operands: Sequence[Entries],
        labels: Sequence[Sequence[int]],
        at: dict[int, int],
        summed: Sequence[int],
        extents: dict[int, int],
    ) -> Any:
        terms: list[Any] = []
        for inner in np.ndindex(*(extents[label] for label in summed)):
            place = at | dict(zip(summed, inner, strict=True))
            factors = [x[tuple(place[label] for label in own)] for x, own in zip(operands, labels, strict=True)]
            terms.append(reduce(mul, factors))
        return reduce(add, terms) if terms else self.each.constant(0)

    def _folded(
        self, function: Callable[[Any, Any], Any], x: Entries, axes: Sequence[int], keepdims: bool, empty: int | None
    ) -> Entries:
        rows, _ = _rows(x, axes)
        found = [reduce(function, row) if row else self.each.constant(empty) for row in rows]
        return array(found, reduced_shape(x.shape, axes, keepdims=keepdims))

    def _better(self, row: Sequence[Any], best: int, k: int) -> int:
        """The place of the larger of two entries, the first if they are one number."""
        return k if best != k and _whole(self.each.less(row[best], row[k])) else best

    def _won(self, row: Sequence[Any], k: int) -> Any:
        """1 if entry k is the largest of a row, 0 if some other is larger, whatever the rest; else it is a tie."""
        sides: list[Any] = []
        ties: list[Undecided] = []
        for other in (other for j, other in enumerate(row) if j != k):
            try:
                sides.append(self.each.side(row[k] - other, 0, 1))
            except Undecided as tie:
                ties.append(tie)
        if any(side == 0 or side == (0, 0) for side in sides):
            return self.each.constant(0)
        if ties:
            raise ties[0]
        return reduce(mul, sides, self.each.constant(1))


def array(entries: Sequence[Any], shape: Shape) -> Entries:
    """Numbers as a tensor, whatever they are: an interval is a tuple, which NumPy would take apart."""
    made = np.empty(len(entries), dtype=object)
    for place, entry in enumerate(entries):
        made[place] = entry
    return made.reshape(shape)


def read_rows(function: Rearrangement, x: Entries) -> tuple[list[list[Any]], Shape]:
    """The entries of x in each row that a rearrangement lays out along its last axis, and the shape of the rows."""
    places = numbered(function, (x.shape,)).places
    entries = flat(x)
    rows = places.reshape(-1, places.shape[-1]).tolist()
    return [[entries[place] for place in row if place != NOWHERE] for row in rows], places.shape[:-1]


def flat(x: Entries) -> list[Any]:
    """The entries in C order."""
    return list(x.flat)


def entrywise(function: Callable[..., Any], operands: Sequence[Entries]) -> Entries:
    """A function of single numbers over tensors of one shape, and single numbers among them."""
    shape = max((operand.shape for operand in operands), key=len, default=())
    rows = zip(*(flat(np.broadcast_to(operand, shape)) for operand in operands), strict=True)
    return array([function(*row) for row in rows], shape)


def _whole(number: Any) -> int:
    """The integer that a number of any system is; Outside if it is none, or not known to be one."""
    if isinstance(number, Interval | Worked) and number.is_point:
        number = number.low
    ball = number.z.real if isinstance(number, Box) else number.real if isinstance(number, Complex) else number
    found = ball.unique_fmpz() if isinstance(ball, arb) else ball
    if found is None or isinstance(found, Interval | Worked) or int(found) != found:
        raise Outside(f"{number} is no place in a tensor")
    return int(found)


def _quotient(a: Any, b: Any) -> Any:
    return a / b


def _rows(x: Entries, axes: Sequence[int]) -> tuple[list[list[Any]], Callable[[list[Any]], Entries]]:
    """The entries that are reduced together, one list a result; and the way back from them to the tensor."""
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    order = [*kept, *axes]
    lined = np.transpose(x, order)
    wide = prod(x.shape[axis] for axis in axes)
    rows: list[list[Any]] = lined.reshape(prod(x.shape[axis] for axis in kept), wide).tolist()

    def back(entries: list[Any]) -> Entries:
        return np.transpose(array(entries, lined.shape), np.argsort(order))

    return rows, back
