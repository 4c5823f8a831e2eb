"""The full Jacobian of outputs by leaves, on demand (verification.md 5.8): a view for teaching and small systems.

By columns of the complex step, or by VJP rows, whichever are fewer; columns trust the forward rules and complex
kernels, rows the gradient rules. The dot-product test <w, J t> = <J^T w, t> holds the one against the other: it
proves nothing about either, but a transposed, dropped or doubled contribution does not pass it. Nothing here gives
evidence on a claim.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ....schema import Graph, UsageError
from ...backward import backward_pass
from ...forward import forward_pass
from ...plan import Number, Plan, leaf_numbers, plan
from ...shape import SCALAR, size
from ..bounds import REALISATIONS
from ..layout import Floats, Indices
from ..probe import Source
from .equalised import CAP, by_wire, in_columns
from .passes import Tangents, run
from .real_point import RealPoint

#: Entries that a Jacobian may have.
MOST = 10**6

#: Columns at once: entries of all wires together that one batch may hold.
BATCH = 2**21

By = Literal["columns", "rows"]

#: One entry of one wire: its id and its place in the flat tensor.
Place = tuple[str, int]

NO_DERIVATIVE = "some gate has no derivative here, or none that is finite"


@dataclass(frozen=True, slots=True)
class Jacobian:
    """`matrix[r, c]` is d outputs[r] / d leaves[c]; `by` says how it was computed."""

    matrix: Floats
    outputs: Sequence[Place]
    leaves: Sequence[Place]
    by: By


@dataclass(frozen=True, slots=True)
class DotProduct:
    """<w, J t> by forward rules, <J^T w, t> by gradient rules, and how far rounding may put them apart."""

    forward: float
    backward: float
    bar: float

    @property
    def agrees(self) -> bool:
        """True if both are one number within rounding."""
        return abs(self.forward - self.backward) <= self.bar


def jacobian(graph: Graph, *, by: By | None = None, kinks: str = "zero") -> Jacobian:
    """Every output entry's derivative by every entry of the floating inputs and parameters.

    Where some gate stands at its kink only rows are offered, under the convention `kinks`. UsageError above 10^6
    entries; DocumentError if a leaf has no value.
    """
    made = plan(graph)
    rows, columns = outputs_of(made), leaves_of(made)
    if len(rows) * len(columns) > MOST:
        raise UsageError(f"a Jacobian of {len(rows)} by {len(columns)} is more than {MOST} entries")
    point = RealPoint(made)
    stopped = _stopped(point)
    way: By = by or ("rows" if stopped or len(rows) <= len(columns) else "columns")
    if way == "columns" and stopped:
        raise UsageError(f"{NO_DERIVATIVE}: ask for rows")
    matrix = _by_rows(made, kinks) if way == "rows" else _by_columns(point)
    return Jacobian(matrix, _named(made, rows), _named(made, columns), way)


def dot_product_test(graph: Graph, source: Source, k: int = 0) -> DotProduct:
    """Both sides of <w, J t> = <J^T w, t> with w and t from stream k; the leaves move by t times their own size.

    UsageError where some gate stands at its kink: forward and backward may follow different branches there.
    """
    made = plan(graph)
    point = RealPoint(made)
    if _stopped(point):
        raise UsageError(f"{NO_DERIVATIVE}: no test of its Jacobian")
    outputs, leaves = outputs_of(made), leaves_of(made)
    drawn = source.weights(k, len(outputs) + len(leaves))
    w, t = _flat(point, outputs, drawn[: len(outputs)]), _flat(point, leaves, drawn[len(outputs) :])
    t = t * _room(point)
    cotangents = _seeds(made, w, point)
    with np.errstate(all="ignore"):
        forward = run(point, cotangents, by_wire(point, t))
    passed = backward_pass(made, forward_pass(made, leaf_numbers(made)), cotangents, "zero")
    grads = np.concatenate([np.ravel(passed.grads[i]) for i in range(len(made.ids))])
    terms = [float(grads[entry] * t[entry]) for entry in leaves]
    bar = REALISATIONS * float(forward.error[0])
    return DotProduct(*(math.ldexp(part, -CAP) for part in (float(forward.imag[0]), math.fsum(terms), bar)))


def _stopped(point: RealPoint) -> bool:
    """True if a gate between leaves and outputs stands at its kink, is not finite, or has a declared surrogate."""
    return any(point.plan.reaching[gate] for gate in point.blocked)


def outputs_of(plan: Plan) -> list[int]:
    """The flat places of all output entries, in the order of the outputs."""
    return _places(plan, plan.outputs)


def leaves_of(plan: Plan) -> list[int]:
    """The flat places of all entries of floating inputs and parameters, in the order of the document."""
    return _places(plan, [i for i, rule in enumerate(plan.rules) if rule is None and plan.trained[i]])


def _places(plan: Plan, wires: Sequence[int]) -> list[int]:
    starts = _starts(plan)
    return [starts[i] + entry for i in wires for entry in range(size(plan.shapes[i]))]


def _starts(plan: Plan) -> list[int]:
    return [0, *np.cumsum([size(shape) for shape in plan.shapes], dtype=np.int64).tolist()]


def _named(plan: Plan, places: Sequence[int]) -> list[Place]:
    starts = _starts(plan)
    owners: list[int] = (np.searchsorted(starts, places, side="right") - 1).tolist()
    return [(plan.ids[owner], place - starts[owner]) for owner, place in zip(owners, places, strict=True)]


def _flat(point: RealPoint, places: Sequence[int], numbers: Floats) -> Floats:
    found = np.zeros(point.layout.total)
    np.add.at(found, np.array(places, dtype=np.int64), numbers)
    return found


def _room(point: RealPoint) -> Floats:
    """The largest imaginary step of every entry: a power of two near 2^-52 of its value, or of 1 where that is 0."""
    exponents = np.frexp(np.where(point.flat == 0, 1.0, point.flat))[1]
    return np.ldexp(1.0, exponents + CAP)


def _seeds(plan: Plan, w: Floats, point: RealPoint) -> dict[int, Number]:
    found: dict[int, Number] = {}
    for i in plan.outputs:
        own = w[point.layout.wire(i)]
        found[i] = float(own[0]) if plan.shapes[i] == SCALAR else own.reshape(plan.shapes[i])
    return found


def _by_rows(plan: Plan, kinks: str) -> Floats:
    values, leaves = forward_pass(plan, leaf_numbers(plan)), leaves_of(plan)
    matrix: list[Floats] = []
    for i in plan.outputs:
        for entry in range(size(plan.shapes[i])):
            seed = np.zeros(size(plan.shapes[i]))
            seed[entry] = 1.0
            shaped = float(seed[0]) if plan.shapes[i] == SCALAR else seed.reshape(plan.shapes[i])
            passed = backward_pass(plan, values, {i: shaped}, kinks)
            matrix.append(np.concatenate([np.ravel(grad) for grad in passed.grads])[leaves])
    return np.array(matrix).reshape(len(matrix), len(leaves))


def _by_columns(point: RealPoint) -> Floats:
    places: Indices = np.array(leaves_of(point.plan), dtype=np.int64)
    width, steps = max(1, BATCH // max(1, point.layout.total)), _room(point)
    blocks = [places[start : start + width] for start in range(0, len(places), width)]
    found = [_block(point, block, steps) for block in blocks]
    return np.concatenate(found, axis=1) if found else np.zeros((len(outputs_of(point.plan)), 0))


def _block(point: RealPoint, places: Indices, steps: Floats) -> Floats:
    """Some columns at once: each moves one entry of one leaf."""
    parts = list(places.reshape(-1, 1))
    moved = run(point, {}, in_columns(point, parts, steps), len(parts))
    imags = [_rows(point.plan, moved, i, len(parts)) for i in point.plan.outputs]
    return np.concatenate(imags) / steps[places]


def _rows(plan: Plan, moved: Tangents, output: int, columns: int) -> Floats:
    """One output's imaginary parts, a row an entry; NaN where the complex kernels have no answer."""
    imag, shape = moved.wires[output], (columns, *plan.shapes[output])
    if imag is None:
        return np.zeros((size(plan.shapes[output]), columns))
    known = np.isfinite(np.broadcast_to(moved.errors[output], shape))
    return np.where(known, np.broadcast_to(imag, shape), np.nan).reshape(columns, -1).T
