"""The functions of the table, printed from the op rules: for a run of gates of one kernel, and for a single gate.

A function of a run takes columns, lists of the numbers of wires by port; that of a gate takes its operands and targets
as two arguments each, or, with more than two operands, as one tuple.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from re import sub
from typing import Any

from ...schema.number import round_to
from ..dtypes import FLOATING
from ..gate import share_of
from ..numbers.floats import FUNCTIONS
from ..program import Kernel
from ..surrogates import clamp
from .lowering import lowered


@dataclass(frozen=True, slots=True)
class Functions:
    """Of a run: values, slopes by gate, adding what is sent, adding slopes times gradients. Of one gate: the same."""

    forward: Callable[..., list[float]]
    slopes: Callable[..., list[tuple[float, ...]]]
    backward: Callable[..., None]
    send: Callable[..., None]
    gate_value: Callable[..., float]
    gate_backward: Callable[..., None]


@lru_cache(4096)
def functions(kernel: Kernel, kinks: str) -> Functions:
    """The functions of a kernel under a convention at kinks."""
    limits = (0.0, 0.0) if kernel.rule.limits is None else tuple(map(float, kernel.rule.limits))
    names: dict[str, Any] = {**FUNCTIONS, **{f"in_{dtype}": partial(round_to, dtype=dtype) for dtype in FLOATING}}
    names |= {"share": share_of(kernel.rule, kinks), "clamp": clamp, "low": limits[0], "high": limits[1]}
    names |= {"inf": float("inf"), "nan": float("nan")}
    # Printed from the op's declaration: of a document it holds nothing but numbers, as Python writes them.
    exec(_Text(kernel).module(), names)  # noqa: S102
    return Functions(*(names[name] for name in Functions.__slots__))


class _Text:
    """The functions of one kernel as Python."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel, self.printed = kernel, lowered(kernel.rule, kernel.arity)
        ports = range(kernel.arity)
        self.wires, self.towards = [f"a{k}" for k in ports], [f"t{k}" for k in ports]
        self.columns, self.reached = [f"A{k}" for k in ports], [f"T{k}" for k in ports]
        self.parts = [f"p{k}" for k in ports]
        self.value = _narrowed(_over(self.printed.value, self.wires), kernel.dtype)
        self.slopes = [_narrowed(_over(slope, self.wires), kernel.dtype) for slope in self.printed.slopes]

    def module(self) -> str:
        """All of them."""
        return "\n".join([*self._run(), *self._backward(), *self._gate()])

    def _run(self) -> list[str]:
        columns, row = ", ".join(self.columns), f"({', '.join(self.slopes)},)"
        parts = f"({', '.join(self.parts)},)"
        return [
            f"def forward(v, {columns}):",
            f"    return [{self.value} for {_together(self.wires, self.columns)}]",
            f"def slopes(v, first, last, {columns}):",
            f"    return [{row} for {_together([*self.wires, 'out'], [*self.columns, 'v[first:last]'])}]",
            f"def send(d, first, last, parts, {', '.join(self.reached)}):",
            f"    for {_together(['g', parts, *self.towards], ['d[first:last]', 'parts', *self.reached])}:",
            *_indented(self._adding(self.parts, self.towards), 2),
        ]

    def _backward(self) -> list[str]:
        """`T0` is None where targets are the operands."""
        absent = ", ".join(f"{column}=None" for column in self.reached)
        head = f"def backward(v, d, first, last, {', '.join(self.columns)}, {absent}):"
        if not self._is_plain:
            # Slopes first: where one raises, nothing has been added yet.
            filled = (f"{a} if {t} is None else {t}" for a, t in zip(self.columns, self.reached, strict=True))
            slopes = f"slopes(v, first, last, {', '.join(self.columns)})"
            return [head, f"    send(d, first, last, {slopes}, {', '.join(filled)})"]
        used, others = self._read_by_slopes()
        names, lists = ["g", *used], ["d[first:last]", *map(self._list, used)]
        return [
            head,
            f"    if {self.reached[0]} is None:",
            f"        for {_together([*names, *others], [*lists, *map(self._list, others)])}:",
            *_indented(self._adding(self.slopes, self.wires), 3),
            "    else:",
            f"        for {_together([*names, *self.towards], [*lists, *self.reached])}:",
            *_indented(self._adding(self.slopes, self.towards), 3),
        ]

    def _gate(self) -> list[str]:
        few = self.kernel.arity <= 2
        operands = ", ".join(self.wires) if few else f"{', '.join(self.wires)}"
        lines = ["def gate_value(v, a0, a1):" if few else "def gate_value(v, a, _):"]
        lines += [] if few else [f"    {operands} = a"]
        lines += [f"    return {self.value}"]
        lines += ["def gate_backward(v, d, i, a0, a1, t0, t1):" if few else "def gate_backward(v, d, i, a, _, t, __):"]
        lines += [] if few else [f"    {operands} = a", f"    {', '.join(self.towards)} = t"]
        lines += ["    g, out = d[i], v[i]" if "out" in " ".join(self.slopes) else "    g = d[i]"]
        if self._is_plain:
            return [*lines, *_indented(self._adding(self.slopes, self.towards), 1)]
        lines += [f"    {part} = {slope}" for part, slope in zip(self.parts, self.slopes, strict=True)]
        return [*lines, *_indented(self._adding(self.parts, self.towards), 1)]

    @property
    def _is_plain(self) -> bool:
        return self.printed.is_calm and self.kernel.is_double

    def _read_by_slopes(self) -> tuple[list[str], list[str]]:
        """The names of what slopes read, and the operands that they do not."""
        text = " ".join(self.slopes)
        used = [wire for wire in self.wires if f"v[{wire}]" in text]
        return [*(["out"] if "out" in text else []), *used], [wire for wire in self.wires if wire not in used]

    def _list(self, name: str) -> str:
        return "v[first:last]" if name == "out" else name.upper()

    def _adding(self, slopes: Sequence[str], towards: Sequence[str]) -> list[str]:
        """Upstream times local, added to what the operands received."""
        lines: list[str] = []
        for slope, wire, dtype in zip(slopes, towards, self.kernel.towards, strict=True):
            sent = {"1.0": "g", "(-1.0)": "-g"}.get(slope, f"{slope} * g")
            if self.kernel.rule.limits is not None:
                sent = f"clamp({sent}, low, high)"
            total = f"d[{wire}] + {_narrowed(sent, dtype)}"
            plain = self.kernel.is_double
            lines.append(f"d[{wire}] += {sent}" if plain else f"d[{wire}] = {_narrowed(total, dtype)}")
        return lines


def _over(expression: str, wires: Sequence[str]) -> str:
    """The expression with operands read from the list of values."""
    return sub(r"\bx(\d+)\b", lambda found: f"v[{wires[int(found[1])]}]", expression)


def _narrowed(expression: str, dtype: str) -> str:
    return f"in_{dtype}({expression})" if dtype in FLOATING and dtype != "float64" else expression


def _together(names: Sequence[str], lists: Sequence[str]) -> str:
    """The head of a loop over several lists, or over one."""
    return f"{names[0]} in {lists[0]}" if len(names) == 1 else f"{', '.join(names)} in zip({', '.join(lists)})"


def _indented(lines: Sequence[str], depth: int) -> list[str]:
    return [" " * 4 * depth + line for line in lines]
