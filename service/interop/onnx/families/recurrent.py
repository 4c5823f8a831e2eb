"""LSTM, GRU and RNN: gates in our order, one cell a step."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...lowering import Builder, Wire, refuse
from ...lowering.shaping import flipped, joined, piece, spread, turned, with_axes, without_axes
from ..calls import Lowered, Node, node

#: Where our gates stand among ONNX's: i f c o of i o f c, and r z h of z r h.
LSTM_GATES, GRU_GATES, RNN_GATES = (0, 2, 3, 1), (1, 0, 2), (0,)

#: The activations that the ops have.
USUAL = {"LSTM": ["sigmoid", "tanh", "tanh"], "GRU": ["sigmoid", "tanh"], "RNN": ["tanh"]}

#: One direction of a network: every state [steps, batch, hidden], then the last states.
Run = Callable[[Wire, list[Wire], Wire, Wire, Wire, Wire], list[Wire]]


@node("LSTM")
def lstm(g: Builder, n: Node) -> Lowered:
    if n.optional(7) is not None or n.attrs.get("input_forget", 0):
        refuse("LSTM with peepholes or coupled gates")

    def run(x: Wire, states: list[Wire], wx: Wire, wh: Wire, bx: Wire, bh: Wire) -> list[Wire]:
        return g.parts("lstm", x, *states, wx, wh, bx, bh)

    return _directions(g, n, LSTM_GATES, run, states=(5, 6))


@node("GRU")
def gru(g: Builder, n: Node) -> Lowered:
    def run(x: Wire, states: list[Wire], wx: Wire, wh: Wire, bx: Wire, bh: Wire) -> list[Wire]:
        if n.attrs.get("linear_before_reset", 0):
            return g.parts("gru", x, *states, wx, wh, bx, bh)
        return _stepped(g, x, states[0], lambda step, h: _early_reset(g, step, h, wx, wh, bx, bh))

    return _directions(g, n, GRU_GATES, run, states=(5,))


@node("RNN")
def rnn(g: Builder, n: Node) -> Lowered:
    def run(x: Wire, states: list[Wire], wx: Wire, wh: Wire, bx: Wire, bh: Wire) -> list[Wire]:
        def cell(step: Wire, h: Wire) -> Wire:
            return g("tanh", g("add", g("linear", step, wx, bx), g("linear", h, wh, bh)))

        return _stepped(g, x, states[0], cell)

    return _directions(g, n, RNN_GATES, run, states=(5,))


def _stepped(g: Builder, x: Wire, h: Wire, cell: Callable[[Wire, Wire], Wire]) -> list[Wire]:
    """A cell of one state, step by step."""
    states: list[Wire] = []
    for k in range(x.shape[0]):
        h = cell(without_axes(g, piece(g, x, 0, k, k + 1), (0,)), h)
        states.append(h)
    return [g("stack", *states, axis=0), h]


def _early_reset(g: Builder, x: Wire, h: Wire, wx: Wire, wh: Wire, bx: Wire, bh: Wire) -> Wire:
    """A GRU step that resets the state before it is multiplied."""
    hidden = h.shape[1]
    from_x = [_cut(g, w, k, hidden) for w in (wx, bx) for k in range(3)]
    from_h = [_cut(g, w, k, hidden) for w in (wh, bh) for k in range(3)]
    r, z = (
        g("sigmoid", g("add", g("linear", x, from_x[k], from_x[3 + k]), g("linear", h, from_h[k], from_h[3 + k])))
        for k in (0, 1)
    )
    reset = g("linear", g("mul", r, h), from_h[2], from_h[5])
    fresh = g("tanh", g("add", g("linear", x, from_x[2], from_x[5]), reset))
    return g("add", g("mul", g("sub", 1.0, z), fresh), g("mul", z, h))


def _cut(g: Builder, w: Wire, k: int, hidden: int) -> Wire:
    return piece(g, w, 0, k * hidden, (k + 1) * hidden)


# --- directions and layouts ------------------------------------------------------------------------------------------


def _directions(g: Builder, n: Node, gates: Sequence[int], run: Run, *, states: Sequence[int]) -> Lowered:
    """Each direction for itself; all of them side by side in the results."""
    _refuse_odd(n)
    x = turned(g, n.wire(0), [1, 0, 2]) if n.attrs.get("layout", 0) else n.wire(0)
    _refuse_lengths(n, x)
    ways = {"forward": [False], "reverse": [True], "bidirectional": [False, True]}[n.attrs.get("direction", "forward")]
    sequences: list[Wire] = []
    lasts: list[list[Wire]] = [[] for _ in states]
    for k, backward in enumerate(ways):
        weights = _weights(g, n, k, gates)
        start = [_start(g, n, place, k, x) for place in states]
        every, *last = run(flipped(g, x, (0,)) if backward else x, start, *weights)
        sequences.append(with_axes(g, flipped(g, every, (0,)) if backward else every, (1,)))
        for kept, end in zip(lasts, last, strict=True):
            kept.append(with_axes(g, end, (0,)))
    found = [joined(g, sequences, 1), *(joined(g, ends, 0) for ends in lasts)]
    if not n.attrs.get("layout", 0):
        return found
    return [turned(g, found[0], [2, 0, 1, 3]), *(turned(g, end, [1, 0, 2]) for end in found[1:])]


def _refuse_odd(n: Node) -> None:
    stated: list[Any] = n.attrs.get("activations") or []
    activations = [str(name).lower() for name in stated]
    usual = USUAL[n.op] * (len(activations) // max(len(USUAL[n.op]), 1))
    if n.attrs.get("clip") or (activations and activations != usual):
        refuse(f"{n.op} with a clip, or with other activations")


def _refuse_lengths(n: Node, x: Wire) -> None:
    lengths = n.numbers(4)
    if lengths is not None and bool(np.any(lengths != x.shape[0])):
        refuse(f"{n.op} over sequences of unequal lengths")


def _weights(g: Builder, n: Node, k: int, gates: Sequence[int]) -> tuple[Wire, Wire, Wire, Wire]:
    """Weights and biases of a direction, gates in our order."""
    wx, wh = (_ordered(g, _only(g, n.wire(place), k), gates) for place in (1, 2))
    both = n.optional(3)
    if both is None:
        zero = spread(g, g.constant(0.0), (wx.shape[0],))
        return wx, wh, zero, zero
    own = _only(g, both, k)
    half = own.shape[0] // 2
    return wx, wh, _ordered(g, piece(g, own, 0, 0, half), gates), _ordered(g, piece(g, own, 0, half, 2 * half), gates)


def _only(g: Builder, w: Wire, k: int) -> Wire:
    return without_axes(g, piece(g, w, 0, k, k + 1), (0,))


def _ordered(g: Builder, w: Wire, gates: Sequence[int]) -> Wire:
    hidden = w.shape[0] // len(gates)
    return joined(g, [_cut(g, w, gate, hidden) for gate in gates], 0)


def _start(g: Builder, n: Node, place: int, k: int, x: Wire) -> Wire:
    """The first state of a direction, zeros if there is none."""
    given: Any = n.optional(place)
    hidden = n.wire(2).shape[-1]
    if given is None:
        return spread(g, g.constant(0.0), (x.shape[1], hidden))
    states = turned(g, given, [1, 0, 2]) if n.attrs.get("layout", 0) else given
    return _only(g, states, k)
