"""Predicted sets: what the right operation gives for the numbers that stand around a claim (grading.md 5.4).

`Tight` takes the step as one; `Work` lets every unwritten result in it have been rounded on scratch paper. Both take
every form in which the step may be written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from flint import fmpq

from ..numbers.intervals import Interval, Intervals
from ..numbers.protocol import Outside, Undecided
from ..numbers.tensors import Tensors, array, flat
from ..numbers.work import Scratch, WorkArithmetic, Worked
from ..rule import Rule
from ..verify.claims import rational
from .circuit import SHARES, ZERO, Cell, Circuit, Uses
from .forms import GRADIENTS, VALUES
from .pieces import Pieces, distance, hull, kept, plus, times
from .reading import Reading

#: Operand sets by cell; a cell that is not there is not known, None is the whole line.
Operands = Mapping[Cell, Interval | None]

#: Bits of the balls behind transcendental steps.
PRECISION = 128


class Tight:
    """Predicted sets without any rounding of unwritten results."""

    def __init__(
        self,
        circuit: Circuit,
        operands: Operands,
        contradicted: Collection[int],
        reading: Reading,
        bits: int = PRECISION,
    ) -> None:
        self._circuit, self._plan, self._bits = circuit, circuit.plan, bits
        self._operands, self._contradicted = operands, contradicted
        self._shares = reading.shares
        #: Results of gates that do not work entry by entry, made once.
        self._arrays: dict[tuple[str, int], Any] = {}

    def value(self, gate: int, entry: int) -> Pieces:
        """What a gate makes of its operands."""
        if not self._is_elementwise(gate):
            return self._piece(self._made(gate), entry, self._taken)
        rule, operands = self._gate(gate, entry)
        if operands is None:
            return None
        try:
            found = [self._taken(form(self._system(None), *operands)) for form in self._value_forms(rule)]
        except (Outside, ZeroDivisionError):
            return None
        return (hull(found),)

    def local(self, gate: int, port: int, entry: int) -> Pieces:
        """The local gradient of a gate, by every form; at a kink the hull over its branches."""
        return self._branches(gate, lambda share: self._forms(gate, port, entry, share, self._taken))

    def downstream(self, gate: int, port: int, entry: int) -> Pieces:
        """What a gate sends to one entry of one operand."""
        return self._sent(Uses(gate, (port,)), entry, claimed=False)

    def grad(self, wire: int, entry: int, without: Uses | None = None) -> Pieces:
        """The seed and all that the gates send to a wire; `without` leaves out what one gate sends."""
        seed = self._circuit.seed(wire, entry)
        uses = [use for use in self._circuit.uses[wire] if use != without]
        several = sum(len(use.ports) for use in uses) + (seed != ZERO) > 1
        total: Pieces = (self._exact(seed),)
        for use in uses:
            total = plus(total, self._sent(use, entry, several=several))
        return total

    def pulled(self, gate: int, port: int) -> Any:
        """What a gate that does not work entry by entry sends to one operand, as an array; None if it is not known."""
        self._pulled(gate, port)
        received = self._arrays.get(("pulled", gate))
        return None if received is None else received[port]

    def around(self, gate: int) -> tuple[Any, Any, Sequence[Any]] | None:
        """Gradient, output and operands of a gate as arrays; None if some of them are not known."""
        operands = [self._array("value", wire) for wire in self._plan.operands[gate]]
        out, grad = self._array("value", gate), self._array("grad", gate)
        return None if out is None or grad is None or any(x is None for x in operands) else (grad, out, operands)

    def works_by_entry(self, gate: int) -> bool:
        """True for a gate each entry of which hangs on the same entry of its operands."""
        return self._is_elementwise(gate)

    def sent(self, use: Uses, entry: int) -> Pieces:
        """What one gate sends to an entry of a wire, its own claims counted."""
        return self._sent(use, entry)

    # What work arithmetic does differently.

    def _system(self, share: fmpq | None) -> Any:
        return Intervals(share, self._bits)

    def _lifted(self, number: Interval) -> Any:
        return number

    def _exact(self, number: Interval) -> Any:
        """A seed, or 0, in the sets that are added up."""
        return number

    def _taken(self, number: Any) -> Interval:
        """The result of a step whose own digits are the claim."""
        return number

    def _factor(self, number: Any) -> Interval:
        """The result of a step that a further one uses."""
        return number

    def _summand(self, pieces: Pieces, *, several: bool) -> Pieces:
        return pieces

    def _value_forms(self, rule: Rule) -> Sequence[Callable[..., Any]]:
        return (rule.forward,)

    def _other_forms(self, rule: Rule, port: int) -> Sequence[Callable[..., Any]]:
        return GRADIENTS.get(rule.name, {}).get(port, ())

    # How a step is put together.

    def _gate(self, gate: int, entry: int) -> tuple[Rule, list[Any] | None]:
        rule = self._plan.rules[gate]
        assert rule is not None
        found = [self._known("value", operand, entry) for operand in self._plan.operands[gate]]
        known = [self._lifted(number) for number in found if number is not None]
        return rule, known if len(known) == len(found) else None

    def _known(self, field: str, wire: int, entry: int) -> Interval | None:
        return self._operands.get(Cell(field, wire, None, entry if self._circuit.size(wire) > 1 else 0))

    def _forms(self, gate: int, port: int, entry: int, share: fmpq | None, taken: Callable[[Any], Interval]) -> Pieces:
        rule, operands = self._gate(gate, entry)
        out = self._known("value", gate, entry)
        if operands is None or out is None:
            return None
        system, lifted = self._system(share), self._lifted(out)
        try:
            own = rule.local(system, lifted, operands)[port]
            others = [form(system, lifted, *operands) for form in self._other_forms(rule, port)]
        except (Outside, ZeroDivisionError):
            return None
        if own is None or any(other is None for other in others):
            return None
        pieces = [taken(number) for number in (own, *others)]
        return kept(pieces) if gate in self._contradicted else (hull(pieces),)

    def _branches(self, gate: int, at_share: Callable[[fmpq | None], Pieces]) -> Pieces:
        """The pieces where the branch is certain; at a kink the hull of both, or the one that a convention takes."""
        try:
            return at_share(None)
        except Undecided:
            shares = self._shares_of(gate)
        found = [at_share(share) for share in shares]
        if any(pieces is None for pieces in found):
            return None
        return (hull([piece for pieces in found for piece in pieces or ()]),)

    def _shares_of(self, gate: int) -> Sequence[fmpq]:
        rule = self._plan.rules[gate]
        assert rule is not None
        return SHARES if self._shares is None else (rational(self._shares[rule.name]),)

    def _sent(self, use: Uses, entry: int, *, claimed: bool = True, several: bool = False) -> Pieces:
        """What a gate sends to an entry of its operand: a scalar that feeds a tensor hears of all its entries.

        Each product is one of `several` summands, wherever the others come from: another port, entry or gate.
        """
        operand = self._plan.operands[use.gate][use.ports[0]]
        one = self._plan.shapes[operand] == self._plan.shapes[use.gate] or not self._is_elementwise(use.gate)
        total: Pieces = (self._exact(ZERO),)
        if claimed:
            stated = [p for p in use.ports if Cell("downstream", use.gate, p, entry) in self._operands]
            for port in stated:
                number = self._operands[Cell("downstream", use.gate, port, entry)]
                total = plus(total, self._summand(None if number is None else (number,), several=several))
            use = Uses(use.gate, tuple(port for port in use.ports if port not in stated))
        entries = [entry] if one else range(self._circuit.size(use.gate))
        for own in entries:
            total = plus(total, self._at_entry(use, own, several=several or len(entries) > 1)) if use.ports else total
        return total

    def _at_entry(self, use: Uses, entry: int, *, several: bool) -> Pieces:
        if not self._is_elementwise(use.gate):
            total: Pieces = (self._exact(ZERO),)
            for port in use.ports:
                sent = self._piece(self._pulled(use.gate, port), entry, self._factor)
                total = plus(total, self._summand(sent, several=several))
            return total

        def at_share(share: fmpq | None) -> Pieces:
            total: Pieces = (self._exact(ZERO),)
            for port in use.ports:
                sent = times(self._slope(use.gate, port, entry, share), self._upstream(use.gate, entry))
                total = plus(total, self._summand(sent, several=several))
            return total

        return self._branches(use.gate, at_share)

    # Gates that do not work entry by entry: the op's own rule over tensors of sets.

    def _is_elementwise(self, gate: int) -> bool:
        rule = self._plan.rules[gate]
        return rule is None or rule.elementwise

    def _piece(self, entries: Sequence[Any] | None, entry: int, taken: Callable[[Any], Interval]) -> Pieces:
        return None if entries is None or entries[entry] is None else (taken(entries[entry]),)

    def _made(self, gate: int) -> Sequence[Any] | None:
        """The entries of a gate's output, made of the sets of its operands; None where they are no finite numbers."""
        if ("value", gate) not in self._arrays:
            self._arrays["value", gate] = self._tried(self._forward, gate)
        return self._arrays["value", gate]

    def _pulled(self, gate: int, port: int) -> Sequence[Any] | None:
        """What a gate sends to the entries of one operand."""
        if ("pulled", gate) not in self._arrays:
            self._arrays["pulled", gate] = self._tried(self._backward, gate)
        received = self._arrays["pulled", gate]
        return None if received is None or received[port] is None else flat(received[port])

    def _tried(self, run: Callable[[int], Any], gate: int) -> Any:
        try:
            return run(gate)
        except (Outside, Undecided, ZeroDivisionError):
            return None

    def _forward(self, gate: int) -> Sequence[Any] | None:
        rule, operands = self._plan.rules[gate], [self._array("value", wire) for wire in self._plan.operands[gate]]
        assert rule is not None
        return None if any(x is None for x in operands) else flat(rule.forward(self._tensors(rule), *operands))

    def _backward(self, gate: int) -> Sequence[Any] | None:
        rule, operands = self._plan.rules[gate], [self._array("value", wire) for wire in self._plan.operands[gate]]
        out, grad = self._array("value", gate), self._array("grad", gate)
        assert rule is not None
        if out is None or grad is None or any(x is None for x in operands):
            return None
        return rule.pull(self._tensors(rule), grad, out, operands)

    def _tensors(self, rule: Rule) -> Any:
        return Tensors(self._system(None)).at(rule)

    def _array(self, field: str, wire: int) -> Any:
        """The sets of a wire as a tensor; None if one of them is the whole line."""
        numbers = [self._operands.get(Cell(field, wire, None, entry)) for entry in range(self._circuit.size(wire))]
        if any(number is None for number in numbers):
            return None
        return array([self._lifted(number) for number in numbers if number is not None], self._plan.shapes[wire])

    def _slope(self, gate: int, port: int, entry: int, share: fmpq | None) -> Pieces:
        cell = Cell("local", gate, port, entry)
        if cell in self._operands:
            stated = self._operands[cell]
            return None if stated is None else (stated,)
        return self._forms(gate, port, entry, share, self._factor)

    def _upstream(self, gate: int, entry: int) -> Pieces:
        grad = self._known("grad", gate, entry)
        return None if grad is None else (grad,)


class OwnForm(Tight):
    """Predicted sets by the op's own rule alone, as verification takes it."""

    def _other_forms(self, rule: Rule, port: int) -> Sequence[Callable[..., Any]]:
        return ()


class Work(Tight):
    """Predicted sets in work arithmetic."""

    def __init__(self, circuit: Circuit, operands: Operands, contradicted: Collection[int], reading: Reading) -> None:
        super().__init__(circuit, operands, contradicted, reading)
        self._scratch: Scratch = reading.scratch

    def _system(self, share: fmpq | None) -> Any:
        return WorkArithmetic(Intervals(share, self._bits), self._scratch)

    def _lifted(self, number: Interval) -> Any:
        return Worked(number, self._scratch)

    def _taken(self, number: Any) -> Interval:
        return number.interval

    def _factor(self, number: Any) -> Interval:
        return number.used

    def _summand(self, pieces: Pieces, *, several: bool) -> Pieces:
        if pieces is None or not several:
            return pieces
        return tuple(self._scratch.rounded(piece) for piece in pieces)

    def _value_forms(self, rule: Rule) -> Sequence[Callable[..., Any]]:
        return (rule.forward, *VALUES.get(rule.name, ()))


def needs_other_form(own: OwnForm, cell: Cell, read: Interval) -> bool:
    """True if what a claim says cannot come from the op's own rule, but from another way to write the step."""
    pieces = predict(own, cell)
    return pieces is not None and distance(pieces, read) > 0


def predict(steps: Tight, cell: Cell) -> Pieces:
    """What a step gives for one cell."""
    match cell.field:
        case "value":
            return steps.value(cell.node, cell.entry)
        case "grad":
            return steps.grad(cell.node, cell.entry)
        case "local":
            return steps.local(cell.node, cell.port or 0, cell.entry)
        case _:
            return steps.downstream(cell.node, cell.port or 0, cell.entry)
