"""Cells that remember, and what they make of a sequence: one cell a step."""

from ..body import Board, Wire, composite
from ..rule import Pattern
from ..shape import ShapeFault
from .arithmetic import add, mul, sub
from .arrangement import concat, piece, squeeze, unsqueeze
from .linear import linear
from .sigmoidal import sigmoid, tanh


@composite(pattern=Pattern.SWITCHER, outputs=2)
def lstm_cell(g: Board, x: Wire, h: Wire, c: Wire, wx: Wire, wh: Wire, bx: Wire, bh: Wire) -> list[Wire]:
    """One step of an LSTM, gates in the order i f g o; the outputs are the new h and c."""
    _check_cell(x, h, 4, (wx, wh, bx, bh))
    return _lstm_step(g, x, h, c, wx, wh, bx, bh)


@composite(pattern=Pattern.SWITCHER)
def gru_cell(g: Board, x: Wire, h: Wire, wx: Wire, wh: Wire, bx: Wire, bh: Wire) -> Wire:
    """One step of a GRU, gates in the order r z n; the output is the new h."""
    _check_cell(x, h, 3, (wx, wh, bx, bh))
    return _gru_step(g, x, h, wx, wh, bx, bh)


@composite(pattern=Pattern.SWITCHER, outputs=3)
def lstm(g: Board, x: Wire, h: Wire, c: Wire, wx: Wire, wh: Wire, bx: Wire, bh: Wire) -> list[Wire]:
    """An LSTM over x [steps, batch, in]; the outputs are every h, stacked, and the last h and c."""
    states: list[Wire] = []
    for step in _steps(g, x):
        _check_cell(step, h, 4, (wx, wh, bx, bh))
        h, c = _lstm_step(g, step, h, c, wx, wh, bx, bh)
        states.append(h)
    return [_stacked(g, states), h, c]


@composite(pattern=Pattern.SWITCHER, outputs=2)
def gru(g: Board, x: Wire, h: Wire, wx: Wire, wh: Wire, bx: Wire, bh: Wire) -> list[Wire]:
    """A GRU over x [steps, batch, in]; the outputs are every h, stacked, and the last h."""
    states: list[Wire] = []
    for step in _steps(g, x):
        _check_cell(step, h, 3, (wx, wh, bx, bh))
        h = _gru_step(g, step, h, wx, wh, bx, bh)
        states.append(h)
    return [_stacked(g, states), h]


def _lstm_step(g: Board, x: Wire, h: Wire, c: Wire, wx: Wire, wh: Wire, bx: Wire, bh: Wire) -> list[Wire]:
    gates = g(add, g(linear, x, wx, bx), g(linear, h, wh, bh))
    i, f, cell, o = _cut(g, gates, 4)
    kept = g(mul, g(sigmoid, f), c)
    c = g(add, kept, g(mul, g(sigmoid, i), g(tanh, cell)))
    return [g(mul, g(sigmoid, o), g(tanh, c)), c]


def _gru_step(g: Board, x: Wire, h: Wire, wx: Wire, wh: Wire, bx: Wire, bh: Wire) -> Wire:
    from_x, from_h = _cut(g, g(linear, x, wx, bx), 3), _cut(g, g(linear, h, wh, bh), 3)
    r, z = (g(sigmoid, g(add, a, b)) for a, b in zip(from_x[:2], from_h[:2], strict=True))
    n = g(tanh, g(add, from_x[2], g(mul, r, from_h[2])))
    return g(add, g(mul, g(sub, 1, z), n), g(mul, z, h))


def _cut(g: Board, x: Wire, count: int) -> list[Wire]:
    """Equal pieces along axis 1."""
    width = x.shape[1] // count
    return [piece(g, x, 1, k * width, (k + 1) * width) for k in range(count)]


def _steps(g: Board, x: Wire) -> list[Wire]:
    if len(x.shape) != 3 or x.shape[0] == 0:
        raise ShapeFault(f"takes a sequence of shape {list(x.shape)}: [steps, batch, in], at least one step")
    return [g(squeeze, piece(g, x, 0, k, k + 1), axes=(0,)) for k in range(x.shape[0])]


def _stacked(g: Board, states: list[Wire]) -> Wire:
    return g(concat, *(g(unsqueeze, state, axes=(0,)) for state in states), axis=0)


def _check_cell(x: Wire, h: Wire, gates: int, weights: tuple[Wire, Wire, Wire, Wire]) -> None:
    wx, wh, bx, bh = (weight.shape for weight in weights)
    if len(x.shape) != 2 or len(h.shape) != 2 or x.shape[0] != h.shape[0]:
        raise ShapeFault(f"takes x {list(x.shape)} and h {list(h.shape)}: [batch, in] and [batch, hidden]")
    rows = gates * h.shape[1]
    if (wx, wh, bx, bh) != ((rows, x.shape[1]), (rows, h.shape[1]), (rows,), (rows,)):
        given = f"wx {list(wx)}, wh {list(wh)}, bx {list(bx)}, bh {list(bh)}"
        raise ShapeFault(
            f"takes {given}: with {gates} gates they are [{rows}, in], [{rows}, hidden], [{rows}], [{rows}]"
        )


# --- where they are certified ---------------------------------------------------------------------------------------

lstm_cell.example((1, 2), (1, 2), (1, 2), (8, 2), (8, 2), (8,), (8,))
lstm_cell.example((2, 1), (2, 1), (2, 1), (4, 1), (4, 1), (4,), (4,))
gru_cell.example((1, 2), (1, 2), (6, 2), (6, 2), (6,), (6,))
gru_cell.example((2, 1), (2, 1), (3, 1), (3, 1), (3,), (3,))
lstm.example((2, 1, 2), (1, 1), (1, 1), (4, 2), (4, 1), (4,), (4,))
lstm.example((1, 2, 1), (2, 1), (2, 1), (4, 1), (4, 1), (4,), (4,))
gru.example((2, 1, 2), (1, 1), (3, 2), (3, 1), (3,), (3,))
gru.example((1, 2, 1), (2, 1), (3, 1), (3, 1), (3,), (3,))
