"""The error of finite differences by step, drawn: why a step of 1e-6 is not always good (verification.md 15.2).

Both axes are logarithmic, the step grows to the right. `*` is the distance of D(h) to the claim, `.` what rounding
may do to D(h), `#` the rung and the bar that were chosen, `|` the margin to the nearest kink.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ...engine.verify.differences.error_curve import ErrorCurve, Rung
from .elements import element, escaped, pixels
from .numbers import short

#: Characters of the text's plotting area; pixels of the picture's, and the room around it.
COLUMNS, ROWS = 64, 17
WIDTH, HEIGHT, LEFT, TOP, BELOW = 560.0, 300.0, 64.0, 40.0, 96.0

_INK, _QUIET, _ERROR, _NOISE, _CHOSEN, _KINK = "#24292f", "#6e7781", "#0550ae", "#9a6700", "#1a7f37", "#b3121d"
_SPARKS = "▁▂▃▄▅▆▇█"


def error_plot(curve: ErrorCurve, *, format: Literal["text", "svg"] = "text") -> str:  # noqa: A002 the command's word
    """The curve as text or as a self-contained SVG file."""
    return _svg(curve) if format == "svg" else _text(curve)


@dataclass(frozen=True, slots=True)
class _Axis:
    """A logarithmic axis over whole decades."""

    low: int
    high: int

    def share(self, number: float) -> float:
        """Where a positive number lies between the ends, 0 to 1; beyond an end, that end."""
        return min(1.0, max(0.0, self.at(math.log10(number))))

    def at(self, decade: float) -> float:
        """Where a power of ten lies; its number itself may be below every float."""
        return (decade - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> list[int]:
        """Decades to be written at the axis."""
        stride = max(1, -(-(self.high - self.low) // most))
        return list(range(self.low, self.high + 1, stride))


def _axis(numbers: Sequence[float]) -> _Axis:
    logs = [math.log10(number) for number in numbers]
    low, high = (math.floor(min(logs)), math.ceil(max(logs))) if logs else (0, 1)
    return _Axis(low, max(high, low + 1))


def _drawable(number: float) -> bool:
    return math.isfinite(number) and number > 0


def _axes(curve: ErrorCurve) -> tuple[_Axis, _Axis]:
    errors = [n for rung in curve.rungs for n in (rung.error, rung.noise) if _drawable(n)]
    return _axis([rung.step for rung in curve.rungs]), _axis(errors + [n for n in (curve.bar,) if _drawable(n)])


# --- text ------------------------------------------------------------------------------------------------------------


def _text(curve: ErrorCurve) -> str:
    across, up = _axes(curve)
    cells = [[" "] * (COLUMNS + 1) for _ in range(ROWS + 1)]
    if curve.margin is not None:
        for row in cells:
            row[round(across.share(curve.margin) * COLUMNS)] = "|"
    for number_of, sign in ((_noise, "."), (_error, "*")):
        for rung in curve.rungs:
            if _drawable(number_of(rung)):
                _put(cells, across.share(rung.step), up.share(number_of(rung)), sign)
    if curve.chosen is not None and _drawable(curve.bar):
        _put(cells, across.share(curve.chosen), up.share(curve.bar), "#")
    lines = [_title(curve), "", *_rows(cells, up), _below(across), *_notes(curve, _SIGNS)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _error(rung: Rung) -> float:
    return rung.error


def _noise(rung: Rung) -> float:
    return rung.noise


def _put(cells: list[list[str]], x: float, y: float, sign: str) -> None:
    cells[ROWS - round(y * ROWS)][round(x * COLUMNS)] = sign


def _rows(cells: list[list[str]], up: _Axis) -> Iterator[str]:
    labels = {ROWS - round(up.at(tick) * ROWS): f"1e{tick}" for tick in up.ticks(6)}
    for place, row in enumerate(cells):
        yield f"{labels.get(place, ''):>6} {'┤' if place in labels else '│'}{''.join(row)}"


def _below(across: _Axis) -> str:
    line, labels = ["─"] * (COLUMNS + 1), [" "] * (COLUMNS + 7)
    for tick in across.ticks(8):
        place = round(across.at(tick) * COLUMNS)
        line[place] = "┴"
        labels[place : place + 5] = f"{f'1e{tick}':<5}"
    return f"{'':>7}└{''.join(line)}\n{'':>8}{''.join(labels).rstrip()}  step h"


# --- SVG -------------------------------------------------------------------------------------------------------------


def _svg(curve: ErrorCurve) -> str:
    across, up = _axes(curve)
    notes = _notes(curve, _SHAPES)
    width, height = LEFT + WIDTH + 40, TOP + HEIGHT + BELOW + 18 * len(notes)
    lines = [
        _said(LEFT, TOP + HEIGHT + 62 + 18 * place, note, _QUIET, anchor="start") for place, note in enumerate(notes)
    ]
    content = "\n".join(
        [
            element("title", escaped(_title(curve))),
            element("rect", width=width, height=height, fill="#ffffff"),
            _said(LEFT, 24, _title(curve), _INK, anchor="start"),
            *_grid(across, up),
            *_marks(curve, across, up),
            *lines,
        ]
    )
    box = {"viewBox": f"0 0 {pixels(width)} {pixels(height)}", "width": width, "height": height}
    font = {"font_family": "Helvetica, Arial, sans-serif", "font_size": 13}
    return element("svg", f"\n{content}\n", xmlns="http://www.w3.org/2000/svg", role="img", **box, **font) + "\n"


def _grid(across: _Axis, up: _Axis) -> Iterator[str]:
    yield element("rect", x=LEFT, y=TOP, width=WIDTH, height=HEIGHT, fill="none", stroke=_QUIET)
    for tick in across.ticks(8):
        x, y = _place(across.at(tick), 0)
        yield element("path", d=f"M{pixels(x)},{pixels(y)}v-{pixels(HEIGHT)}", stroke="#eaeef2")
        yield _said(x, y + 18, f"1e{tick}", _QUIET)
    for tick in up.ticks(8):
        x, y = _place(0, up.at(tick))
        yield element("path", d=f"M{pixels(x)},{pixels(y)}h{pixels(WIDTH)}", stroke="#eaeef2")
        yield _said(x - 8, y + 4, f"1e{tick}", _QUIET, anchor="end")
    yield _said(LEFT + WIDTH / 2, TOP + HEIGHT + 38, "step h", _QUIET)


def _marks(curve: ErrorCurve, across: _Axis, up: _Axis) -> Iterator[str]:
    if curve.margin is not None:
        x, y = _place(across.share(curve.margin), 0)
        line = f"M{pixels(x)},{pixels(y)}v-{pixels(HEIGHT)}"
        yield element("path", d=line, stroke=_KINK, stroke_dasharray="5 4")
        yield _said(x, TOP - 4, "kink", _KINK)
    noise = [_place(across.share(r.step), up.share(r.noise)) for r in curve.rungs if _drawable(r.noise)]
    points = " ".join(f"{pixels(x)},{pixels(y)}" for x, y in noise)
    yield element("polyline", points=points, fill="none", stroke=_NOISE, stroke_dasharray="2 3")
    for rung in curve.rungs:
        if _drawable(rung.error):
            x, y = _place(across.share(rung.step), up.share(rung.error))
            yield element("circle", cx=x, cy=y, r=3.5, fill=_ERROR if rung.smooth else _KINK)
    if curve.chosen is not None and _drawable(curve.bar):
        x, y = _place(across.share(curve.chosen), up.share(curve.bar))
        yield element("rect", x=x - 5, y=y - 5, width=10, height=10, fill="none", stroke=_CHOSEN, stroke_width=2)


def _place(x: float, y: float) -> tuple[float, float]:
    return LEFT + x * WIDTH, TOP + (1 - y) * HEIGHT


def _said(x: float, y: float, text: str, colour: str, anchor: str = "middle") -> str:
    return element("text", escaped(text), x=x, y=y, fill=colour, text_anchor=anchor)


# --- words -----------------------------------------------------------------------------------------------------------


def _title(curve: ErrorCurve) -> str:
    return f"{curve.wire}: |D(h) - claimed gradient {short(curve.claim)}| by step"


_SIGNS = "* |D(h) - claim|   . what rounding may do to D(h)   # the chosen step and its bar"
_SHAPES = "dots: |D(h) - claim|; dotted line: what rounding may do to D(h); square: the chosen step and its bar"


def _notes(curve: ErrorCurve, legend: str) -> list[str]:
    """What the picture says, in words: the estimate, the claim against it, the kink, the Taylor rates."""
    notes = [legend]
    if curve.because is not None:
        notes.append(f"differences cannot tell: {curve.because}")
    else:
        notes.append(f"differences give {short(curve.value)}, at most {short(curve.bar)} off")
    if curve.margin is not None:
        notes.append(f"from h = {short(curve.margin)} on a step crosses a kink or leaves the domain")
    return [*notes, _taylor(curve)]


def _taylor(curve: ErrorCurve) -> str:
    if curve.rate is None:
        return "Taylor remainder: exact within noise, as for a linear function"
    meaning = "as a right gradient has" if curve.rate > 1.5 else "as a wrong gradient has (a right one: 2)"
    return f"Taylor remainder falls with order {curve.rate:.2f}, {meaning}  {_sparkline(curve.rates)}"


def _sparkline(rates: Sequence[float]) -> str:
    """Observed orders from the widest step to the narrowest, 0 to 2 as heights."""
    heights = (round(min(2.0, max(0.0, rate)) / 2 * (len(_SPARKS) - 1)) for rate in rates)
    return "".join(_SPARKS[height] for height in heights)
