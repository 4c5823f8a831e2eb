"""Points at which ops on tensors are certified: the examples of their declarations, with numbers drawn for shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ...schema.dtype import round_to
from ..numbers.arrays import Arrays
from ..rule import Example, Rule
from ..shape import Shape, size
from .trials import spelt

#: Kinds of numbers that are drawn for one example: of ordinary size; whole, so that some are equal; of many sizes.
DRAWS = ("ordinary", "whole", "spread")


@dataclass(frozen=True, eq=False)
class TensorTrial:
    """One op at one point: the operands in floats, fixed ones (places, labels) among them, and a cotangent an output.

    `directions` says for every operand how it moves, None for a fixed one.
    """

    rule: Rule
    dtype: str
    operands: tuple[NDArray[np.float64], ...]
    cotangents: tuple[NDArray[np.float64], ...]
    directions: tuple[NDArray[np.float64] | None, ...]

    def __str__(self) -> str:
        listed = ", ".join(str(x.tolist()) for x in self.operands)
        return f"{spelt(self.rule)}({listed}) in {self.dtype}"

    @property
    def slots(self) -> list[int]:
        """The operands toward which gradients flow."""
        return [port for port, direction in enumerate(self.directions) if direction is not None]

    @cached_property
    def shapes(self) -> list[Shape]:
        """The shapes of the results, by the declaration."""
        return output_shapes(self.rule, [x.shape for x in self.operands])

    @cached_property
    def computed(self) -> list[NDArray[np.float64]]:
        """The results as the engine computes them in double precision."""
        return outputs_of(self.rule, self.rule.forward(Arrays(), *self.operands))


def outputs_of(rule: Rule, made: Any) -> list[Any]:
    """The results of a forward rule as a list, also where there is one."""
    return made if rule.outputs != 1 else [made]


def as_made(rule: Rule, outputs: list[Any]) -> Any:
    """The inverse of `outputs_of`: what a pullback takes for the results, or their cotangents."""
    return outputs if rule.outputs != 1 else outputs[0]


def output_shapes(rule: Rule, shapes: list[Shape]) -> list[Shape]:
    """The shapes of the results of operands of these shapes."""
    found = rule.infer(shapes)
    return found if rule.outputs != 1 else [found]


def tensor_trials(rule: Rule, dtype: str) -> Iterator[TensorTrial]:
    """The points of one op in one dtype, the same on every machine: each example with numbers of every kind."""
    for place, example in enumerate(rule.examples):
        kinds = DRAWS if any(isinstance(operand, tuple) for operand in example.operands) else DRAWS[:1]
        for kind in kinds:
            random = Random(f"chainrule.certify/{rule.name}/{place}/{kind}/{dtype}")
            yield trial_of(rule, example, dtype, kind, random)


def trial_of(rule: Rule, example: Example, dtype: str, kind: str, random: Random) -> TensorTrial:
    """One example with numbers of a kind."""
    bound = rule.bound(example.attrs)
    operands = tuple(_operand(random, operand, kind, dtype) for operand in example.operands)
    directions = tuple(
        None if rule.is_fixed(port) else _direction(random, operand) for port, operand in enumerate(operands)
    )
    shapes = output_shapes(bound, [x.shape for x in operands])
    cotangents = tuple(_array([_number(random, "ordinary", dtype) for _ in range(size(s))], s) for s in shapes)
    return TensorTrial(bound, dtype, operands, cotangents, directions)


def _operand(random: Random, operand: Any, kind: str, dtype: str) -> NDArray[np.float64]:
    if isinstance(operand, tuple):
        shape = cast(Shape, operand)
        return _array([_number(random, kind, dtype) for _ in range(size(shape))], shape)
    given = np.asarray(operand, dtype=np.float64)
    return _array([round_to(float(x), dtype) for x in given.ravel()], given.shape)


def _number(random: Random, kind: str, dtype: str) -> float:
    if kind == "whole":
        return float(random.randint(-4, 4))
    size_ = random.uniform(0.125, 2) if kind == "ordinary" else 10 ** random.uniform(-2, 1.5)
    return round_to(random.choice((1, -1)) * size_, dtype)


def _direction(random: Random, operand: NDArray[np.float64]) -> NDArray[np.float64]:
    """A step an entry, of about its size and of either sign."""
    steps = [random.choice((1, -1)) * random.randint(4, 12) / 8 * (_power(x) or 1.0) for x in operand.ravel().tolist()]
    return _array(steps, operand.shape)


def _power(x: float) -> float:
    """The power of two below a size, so that directions are short numbers."""
    return float(2.0 ** np.floor(np.log2(abs(x)))) if x else 0.0


def _array(numbers: list[float], shape: Shape) -> NDArray[np.float64]:
    return np.array(numbers, dtype=np.float64).reshape(shape)
