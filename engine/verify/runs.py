"""The gates of a graph of scalars run by run, in arrays: what follows the order of a graph, where runs are long.

A run is made of gates of one rule that do not read each other (`engine/program.py`); wires and slots are numbered as
the plan has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..edges import Indices
from ..plan import Plan
from ..program import Program
from ..rule import Rule

#: Wires, and gates a run, from which a run in arrays is quicker than its gates one by one.
MANY, LONG = 1_000, 12


@dataclass(frozen=True, slots=True)
class Run:
    """Gates of one rule, and by port the wires that they read and their slots."""

    rule: Rule
    gates: Indices
    operands: Sequence[Indices]
    slots: Sequence[Indices]


def runs_of(plan: Plan) -> list[Run] | None:
    """The runs of a plan, each after all that it reads; None where its gates are better taken one by one."""
    runner = plan.runner
    if runner is None or len(plan.ids) < MANY:
        return None
    program = runner.program
    if program.size < LONG * program.codes.size:
        return None
    codes: list[int] = program.codes.tolist()
    boundaries: list[int] = program.runs.tolist()
    bounds = zip(codes, pairwise(boundaries), strict=True)
    return [_run(program, runner.order, code, slice(*ends)) for code, ends in bounds]


def _run(program: Program, order: Indices, code: int, numbers: slice) -> Run:
    kernel = program.kernels[code]
    slots = slice(int(program.starts[numbers.start]), int(program.starts[numbers.stop]))
    read, placed = order[program.operands[slots]], program.slots[slots]
    ports = range(kernel.arity)
    return Run(
        kernel.rule,
        order[numbers],
        [read[port :: kernel.arity] for port in ports],
        [placed[port :: kernel.arity] for port in ports],
    )
