"""A sheet: all claims of one person about one circuit, judged in the order of work (grading.md 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flint import fmpq

from ..numbers.intervals import Interval
from ..verify.bounds import Roundoff, roundoff
from .circuit import Cell, Circuit
from .claim import Printed
from .judgement import Judged, judge
from .memory import Key, Memory, Outcome
from .pieces import Pieces, hull
from .reading import Reading
from .steps import OwnForm, Tight, Work, predict
from .stored import Stored


class Sheet:
    """The verdict on every claim, each by the numbers that stand around it.

    `given` are numbers that the task shows: they serve as operands and are not judged. A `memory` holds what was found
    for other sheets of this circuit, read in the same way and with the same given numbers; it changes no verdict.
    It ends as soon as more than `most_refuted` numbers are refuted.
    """

    def __init__(
        self,
        circuit: Circuit,
        claims: Mapping[Cell, Printed],
        reading: Reading,
        given: Mapping[Cell, Interval] | None = None,
        memory: Memory | None = None,
        *,
        most_refuted: int | None = None,
    ) -> None:
        self.circuit, self.claims, self.reading = circuit, claims, reading
        self.judged: dict[Cell, Judged] = {}
        #: Numbers with which later steps go on, for every value and gradient and for each stated slot.
        self.operands: dict[Cell, Interval | None] = {}
        #: Cells that nobody wrote, where missing numbers are not replaced.
        self.unknown: set[Cell] = set()
        self.refuted: list[Cell] = []
        self._most_refuted = len(claims) if most_refuted is None else most_refuted
        self._contradicted: set[int] = set()
        self._given = given or {}
        self.memory = memory
        #: Where there is a memory: the numbers of all outcomes, and of what later steps can know of them.
        self.outcomes: dict[Cell, int] = {}
        self.tokens: dict[Cell, int] = {}
        self._machine = any(claim.is_display for claim in claims.values())
        dtypes = {claim.dtype for claim in claims.values() if claim.is_machine}
        #: What printed the sheet, as far as it changes what is explained.
        self._printer = self._machine, *sorted(dtypes)
        self._stored = Tight(circuit, Stored(self.operands, dtypes), self._contradicted, reading) if dtypes else None
        self.tight = Tight(circuit, self.operands, self._contradicted, reading)
        self.work = Work(circuit, self.operands, self._contradicted, reading)
        #: The steps as verification takes them.
        self.own = OwnForm(circuit, self.operands, self._contradicted, reading)
        self._fill()

    def _fill(self) -> None:
        self.operands.update(self.circuit.sources)
        for cell in self.circuit.cells() if self.memory is None else self.memory.cells:
            if len(self.refuted) > self._most_refuted:
                return
            if cell in self._given:
                self.operands[cell] = self._given[cell]
            elif cell in self.claims or (cell.port is None and self.reading.elide):
                self._take(cell, self._outcome(cell, self.claims.get(cell)))
            elif cell.port is None:
                self.unknown.add(cell)
                self.operands[cell] = None

    def _take(self, cell: Cell, outcome: Outcome) -> None:
        self.outcomes[cell], self.tokens[cell], judged, self.operands[cell] = outcome
        if judged is not None:
            self.judged[cell] = judged
            if judged.verdict == "refuted":
                self.refuted.append(cell)
                if cell.field == "value":
                    self._contradicted.add(cell.node)

    def _outcome(self, cell: Cell, claim: Printed | None) -> Outcome:
        if self.memory is None:
            return Outcome(0, 0, *self._found(cell, claim))
        key = self.memory.key(cell, claim, self.tokens, printer=self._printer)
        return self.memory.recalled(key) or self.memory.kept(key, cell, *self._found(cell, claim))

    def _found(self, cell: Cell, claim: Printed | None) -> tuple[Judged | None, Interval | None]:
        if claim is None:
            return None, self._elided(cell)
        judged = self._judged(cell, claim)
        return judged, judged.operand

    def _judged(self, cell: Cell, claim: Printed) -> Judged:
        around = None if self.memory is None else self.memory.around(cell, self.tokens)
        tight = self._predicted(self.tight, cell, around)
        found: list[Pieces] = []

        def work() -> Pieces:
            if not found:
                found.append(self._predicted(self.work, cell, around))
            return found[0]

        return judge(claim, tight, work, self.reading, self._allowance(cell, tight, claim.dtype))

    def _predicted(self, steps: Tight, cell: Cell, around: Key | None) -> Pieces:
        """What a step gives; it depends on the numbers around it, whatever the claim is."""
        if self.memory is None or around is None:
            return predict(steps, cell)
        key = type(steps), *around
        if key not in self.memory.notes:
            self.memory.notes[key] = predict(steps, cell)
        return self.memory.notes[key]

    def _elided(self, cell: Cell) -> Interval | None:
        """What nobody wrote: everything that may have stood on scratch paper."""
        pieces = predict(self.work, cell)
        if pieces is None:
            return None
        behind = self.reading.scratch.rounded(hull(pieces))
        return behind.widened(self._allowance(cell, pieces, "float64")) if self._machine else behind

    def _allowance(self, cell: Cell, pieces: Pieces, dtype: str) -> fmpq:
        """What computing this one step in the dtype explains; nothing for numbers that were written by hand."""
        if pieces is None or not self._machine:
            return fmpq(0)
        return self._rounding(cell, pieces, dtype) + self._storing(cell, pieces)

    def _storing(self, cell: Cell, pieces: Sequence[Interval]) -> fmpq:
        """How far the step goes beyond itself where its exact operands are what a program holds for them."""
        held = None if self._stored is None else predict(self._stored, cell)
        if held is None:
            return fmpq(0)
        wide, own = hull(held), hull(pieces)
        return max(own.low - wide.low, wide.high - own.high, fmpq(0))

    def _rounding(self, cell: Cell, pieces: Sequence[Interval], dtype: str) -> fmpq:
        rounds = roundoff(dtype, None)
        size = hull(pieces).size
        if cell.field == "value":
            rule = self.circuit.plan.rules[cell.node]
            return rounds.value(rule.error, size, self._operand_sizes(cell)) if rule is not None else fmpq(0)
        return self._backward_allowance(cell, size, rounds)

    def _backward_allowance(self, cell: Cell, size: fmpq, rounds: Roundoff) -> fmpq:
        if cell.port is not None:
            up = fmpq(1) if cell.field == "local" else self._upstream(cell.node)
            return self._slot_allowance(cell.node, size, up, rounds)
        uses = self.circuit.uses[cell.node]
        sizes = [hull(sent).size if (sent := self.tight.sent(use, cell.entry)) is not None else fmpq(0) for use in uses]
        slots = [
            self._slot_allowance(use.gate, sent, self._upstream(use.gate), rounds)
            for use, sent in zip(uses, sizes, strict=True)
        ]
        return sum(slots, rounds.total(sum(sizes, fmpq(0)), len(uses) + 1))

    def _slot_allowance(self, gate: int, size: fmpq, up: fmpq, rounds: Roundoff) -> fmpq:
        """A local gradient times an upstream gradient of size `up`, each rounded; `size` is that of the product."""
        rule, out = self.circuit.plan.rules[gate], self.operands.get(Cell("value", gate))
        assert rule is not None
        first = self.operands.get(Cell("value", self.circuit.plan.operands[gate][0]))
        if out is None or first is None or up == 0:
            return fmpq(0)
        return rounds.local(rule.error, size / up, out.size, first) * up + rounds.product_of(size)

    def _upstream(self, gate: int) -> fmpq:
        """The size of what arrives at a gate."""
        up = self.operands.get(Cell("grad", gate))
        return fmpq(0) if up is None else up.size

    def _operand_sizes(self, cell: Cell) -> list[fmpq]:
        found = [self.operands.get(Cell("value", wire)) for wire in self.circuit.plan.operands[cell.node]]
        return [number.size for number in found if number is not None]
