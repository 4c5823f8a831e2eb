"""Random piecewise polynomial circuits at ties, and limits of their gradients by an oracle with code of its own."""

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flint import fmpq

from chainrule.engine.verify.kinks.simplex import Constraints
from chainrule.schema import Graph

Row = tuple[str, tuple[int, ...]]
Vector = tuple[Fraction, ...]

#: How near the point the oracle looks: so near that no polynomial of these tests changes its leading term.
NEAR = Fraction(1, 2**80)


class Circuit:
    """Leaves, most of them 0, the constants 2 and -1, and gates; the last gate is the output."""

    def __init__(self, seed: int, *, leaves: int, gates: int, curved: bool) -> None:
        draw = random.Random(seed)
        self.leaves = leaves
        self.start = [Fraction(draw.choice([0, 0, 0, 0, 1])) for _ in range(leaves)] + [Fraction(2), Fraction(-1)]
        unary, binary = ["relu", "abs", "neg", "relu"], ["add", "sub", "maximum", "minimum"]
        self.rows: list[Row] = []
        for k in range(gates):
            ops = [*unary, *binary, *(["mul", "square"] if curved else [])]
            op = draw.choice(ops) if k < gates - 1 else draw.choice(["add", "sub"])
            count = 1 if op in (*unary, "square") else 2
            made = list(range(leaves + 2, leaves + 2 + k))
            pool = [*range(leaves + 2), *made, *made[-3:], *made[-3:]]
            self.rows.append((op, tuple(draw.choice(pool) for _ in range(count))))

    def document(self, claims: Sequence[Fraction]) -> Graph:
        """The circuit with these gradients claimed of its leaves."""
        names = [*(f"x{k}" for k in range(self.leaves)), "two", "minus", *(f"g{k}" for k in range(len(self.rows)))]
        nodes: list[Any] = [
            {"id": names[k], "op": "input", "value": int(self.start[k]), "grad": _fraction(claims[k])}
            for k in range(self.leaves)
        ]
        nodes += [{"id": "two", "op": "const", "value": 2}, {"id": "minus", "op": "const", "value": -1}]
        for name, (op, operands) in zip(names[self.leaves + 2 :], self.rows, strict=True):
            nodes.append({"id": name, "op": op, "inputs": [names[k] for k in operands]})
        return Graph.build(nodes=nodes, outputs=[{"node": names[-1]}])

    def limit(self, direction: Sequence[Fraction]) -> Vector | None:
        """The gradient that the points along a direction tend to; None if they lie on a kink themselves."""
        near = [x + NEAR * d for x, d in zip(self.start, (*direction, Fraction(0), Fraction(0)), strict=True)]
        here = list(self.start)
        width = range(self.leaves)
        slopes = [tuple(Fraction(int(j == k)) for j in width) for k in range(len(here))]
        moving = list(slopes)
        for op, operands in self.rows:
            sides = _weights(op, [near[k] for k in operands], [moving[k] for k in operands])
            if sides is None:
                return None
            for values, tangents in ((near, moving), (here, slopes)):
                inside = [values[k] for k in operands]
                local = sides or _local(op, inside)
                values.append(_forward(op, inside))
                chosen = [tangents[k] for k in operands]
                tangents.append(
                    tuple(sum((w * t[j] for w, t in zip(local, chosen, strict=True)), Fraction(0)) for j in width)
                )
        return slopes[-1]

    def limits(self, seed: int, count: int) -> list[Vector]:
        """Limits along random directions, each named once."""
        draw = random.Random(seed)
        directions = [[Fraction(draw.randint(-999, 999), 997) for _ in range(self.leaves)] for _ in range(count)]
        return list(dict.fromkeys(found for d in directions if (found := self.limit(d)) is not None))


def _fraction(number: Fraction) -> str:
    return f"{number.numerator}/{number.denominator}"


def _weights(op: str, inside: Sequence[Fraction], tangents: Sequence[Vector]) -> list[Fraction] | None:
    """The slopes of a kinked gate at a point off its kink; [] for smooth gates, None on a kink that matters."""
    guards = {"relu": inside[0], "abs": inside[0], "maximum": inside[0] - inside[-1], "minimum": inside[0] - inside[-1]}
    if op not in guards:
        return []
    guard = guards[op]
    if guard == 0:
        level = {"relu": tangents[0], "abs": tangents[0]}.get(
            op, tuple(a - b for a, b in zip(tangents[0], tangents[-1], strict=True))
        )
        if any(level):
            return None
    up = Fraction(int(guard > 0))
    return {"relu": [up], "abs": [2 * up - 1], "maximum": [up, 1 - up], "minimum": [1 - up, up]}[op]


def _forward(op: str, inside: Sequence[Fraction]) -> Fraction:
    a, b = inside[0], inside[-1]
    smooth = {"neg": -a, "add": a + b, "sub": a - b, "mul": a * b, "square": a * a}
    return {"relu": max(a, Fraction(0)), "abs": abs(a), "maximum": max(a, b), "minimum": min(a, b), **smooth}[op]


def _local(op: str, inside: Sequence[Fraction]) -> list[Fraction]:
    a, b, one = inside[0], inside[-1], Fraction(1)
    return {"neg": [-one], "add": [one, one], "sub": [one, -one], "mul": [b, a], "square": [2 * a]}[op]


def in_hull(claimed: Vector, limits: Sequence[Vector]) -> bool:
    """True if a point is a mixture of these limits."""
    constraints = Constraints()
    weights = [constraints.variable() for _ in limits]
    constraints.equal(dict.fromkeys(weights, fmpq(1)), fmpq(1))
    for k, number in enumerate(claimed):
        column = [fmpq(limit[k].numerator, limit[k].denominator) for limit in limits]
        constraints.equal(dict(zip(weights, column, strict=True)), fmpq(number.numerator, number.denominator))
    return constraints.solve().point is not None
