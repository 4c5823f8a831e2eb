"""What there is to say about a graded sheet, by code and arguments; the words are those of a language (grading.md 16).

An argument's name tells its type. What comes from the truth has names of its own, and these stand only in messages of
level 4: a message below cannot give a number away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...engine.printed.circuit import Cell
from ...engine.printed.judgement import predicted
from .diagnose import Diagnosis
from .digits import rounded
from .grading import Graded, Marked
from .misconceptions.catalogue import families
from .states import ROOTS, Verdicts

#: Arguments that may stand at any level, and those that only level 4 may show.
OPEN_ARGUMENTS = frozenset(
    {"slot", "root", "node", "gate", "claim", "raw", "operand", "upstream", "output", "count", "first", "second",
     "list", "what", "points"}
)  # fmt: skip
CLOSED_ARGUMENTS = frozenset({"low", "high", "truth", "gap"})


@dataclass(frozen=True)
class Message:
    """Something to say; `slot` is what it is about."""

    code: str
    level: int
    args: Mapping[str, Any]
    slot: str | None = None

    def written(self) -> dict[str, Any]:
        """The message as a grade states it."""
        where = {} if self.slot is None else {"slot": self.slot}
        return {"code": self.code, "level": self.level, **where, "args": dict(self.args)}


def messages(graded: Graded) -> list[dict[str, Any]]:
    """All that is to be said, in the order of work, then what concerns the whole sheet; as a grade states it."""
    found: list[dict[str, Any]] = []
    for marked in graded.slots:
        if not marked.is_silent:
            found.extend(dict(message) for message in _said(graded, marked))
    found.extend(message.written() for message in _first_error(graded))
    found.extend(message.written() for message in _about_sheet(graded))
    return found


def _said(graded: Graded, marked: Marked) -> Sequence[Mapping[str, Any]]:
    """What is to be said of a slot: the same for all who have the same numbers there and beside it."""
    near = _gate_arguments(graded, marked.worst)
    key = tuple(str(text) for text in near.values())
    if key not in marked.told:
        marked.told[key] = [message.written() for message in _about_slot(graded, marked)]
    return marked.told[key]


def _about_slot(graded: Graded, marked: Marked) -> Iterator[Message]:
    verdicts, address = marked.worst, marked.slot.address
    args = arguments(graded, verdicts)
    if marked.state != "correct":
        yield Message(marked.state, 1, args, address)
    if marked.guarded:
        yield Message(f"carry-guard.{marked.guarded}", 1, args, address)
    yield from (Message(reason, 1, args, address) for reason in _kinks(verdicts))
    if verdicts.written is not None and verdicts.written.refusal:
        yield Message(verdicts.written.refusal, 2, args, address)
    if verdicts.judged is not None and "zeros-dropped" in verdicts.judged.form:
        yield Message("zeros-dropped", 2, args, address)
    if verdicts.judged is not None and "kink-inadmissible" in verdicts.judged.reasons:
        yield Message("kink-inadmissible", 3, args, address)
    if marked.state in ROOTS and verdicts.diagnosis is not None:
        yield from _told(args, verdicts.diagnosis, address)
    if marked.state != "correct":
        yield from _worked(graded, verdicts, args, address)


def _kinks(verdicts: Verdicts) -> list[str]:
    reasons = () if verdicts.truth is None or verdicts.state in ROOTS else verdicts.truth.reasons
    return [reason for reason in reasons if reason == "kink-admissible"]


def _told(args: Mapping[str, Any], diagnosis: Diagnosis, address: str) -> Iterator[Message]:
    """The diagnosis in the student's own numbers."""
    classes = diagnosis.classes
    if diagnosis.outcome == "none":
        yield Message("none.told", 3, args, address)
    elif diagnosis.outcome == "one-of":
        yield Message("one-of", 3, {**args, "list": [one.codes[0] for one in classes]}, address)
    elif diagnosis.outcome == "possible":
        yield Message("possible", 3, {**args, "what": classes[0].codes[0]}, address)
    elif len({family for one in classes for family in one.families}) > 1:
        first, second = _of_two_families(classes)
        yield Message("same-number", 3, {**args, "first": first, "second": second}, address)
    elif len(classes) == 1 and len(classes[0].codes) == 1:
        yield Message(f"{classes[0].codes[0]}.told", 3, args, address)
    else:
        yield Message(f"{classes[0].family}.told", 3, args, address)


def _of_two_families(classes: Sequence[Any]) -> tuple[str, str]:
    codes = [code for one in classes for code in one.codes]
    first = codes[0]
    second = next(code for code in codes if families()[code] != families()[first])
    return first, second


def _worked(graded: Graded, verdicts: Verdicts, args: Mapping[str, Any], address: str) -> Iterator[Message]:
    """What may stand here and what is true, for whoever may see it."""
    judged = verdicts.judged
    step = None if judged is None else predicted(judged.predicted)
    if judged is not None and step is not None:
        known = {"low": rounded(step.low, up=False, digits=6), "high": rounded(step.high, up=True, digits=6)}
        if judged.gap is not None:
            gap = {"gap": rounded(judged.gap, up=False, digits=3)}
            yield Message("worked.gap", 4, {**args, **known, **gap}, address)
        else:
            yield Message("worked.step", 4, {**args, **known}, address)
    truth = graded.exam.truth(verdicts.cell)
    if truth is not None:
        towards_zero = truth.high < 0
        known = {"truth": rounded(truth.low, up=towards_zero, digits=6)}
        yield Message("worked.truth", 4, {**args, **known}, address)


def _first_error(graded: Graded) -> Iterator[Message]:
    root = graded.first_error
    if root is None:
        return
    verdicts = graded.cells[root]
    args, address = arguments(graded, verdicts), graded.exam.circuit.name(root)
    yield Message("first-error", 2, args, address)
    diagnosis = verdicts.diagnosis
    if diagnosis is not None and diagnosis.is_named:
        one = diagnosis.classes[0]
        code = one.codes[0] if len(one.codes) == 1 and len(diagnosis.classes) == 1 else one.family
        yield Message(f"{code}.question", 2, args, address)
    else:
        yield Message("value.question" if root.field == "value" else "gate.question", 2, args, address)


def _about_sheet(graded: Graded) -> Iterator[Message]:
    if graded.direction == "truncate" and graded.exam.policy.form.rounding == "auto":
        yield Message("truncated", 2, {})
    for found in graded.systematic:
        places = [graded.exam.circuit.name(cell) for cell in found.places]
        yield Message("systematic", 3, {"what": found.code, "list": places, "count": len(places)})
    if graded.exam.agrees_at:
        points = list(graded.exam.agrees_at)
        yield Message("own-graph", 4, {"count": len(points), "list": points})
    if graded.is_spent:
        yield Message("budget", 3, {})
    if graded.submission.ignored:
        yield Message("ignored", 2, {"count": len(graded.submission.ignored)})


def arguments(graded: Graded, verdicts: Verdicts) -> dict[str, Any]:
    """What a message about a number may name: the student's own numbers, and ids."""
    cell, exam = verdicts.cell, graded.exam
    args: dict[str, Any] = {"slot": exam.circuit.name(cell), "node": exam.circuit.plan.ids[cell.node]}
    if verdicts.written is not None:
        args["raw"] = verdicts.written.raw
        args["claim"] = verdicts.written.claim.text if verdicts.written.claim is not None else verdicts.written.raw
    if verdicts.roots:
        args["root"] = exam.circuit.name(verdicts.roots[0])
    args["count"] = len(exam.circuit.uses[cell.node]) if cell.field == "grad" else exam.form.decimals or 0
    if verdicts.state in ("low-precision", "uninformative", "missing", "invalid"):
        args["count"] = exam.form.decimals if exam.form.decimals is not None else exam.form.significant or 0
    return {**args, **_gate_arguments(graded, verdicts)}


def _gate_arguments(graded: Graded, verdicts: Verdicts) -> dict[str, Any]:
    """The gate that the number hangs on, and the student's numbers around it."""
    plan, cell = graded.exam.circuit.plan, verdicts.cell
    gate, port = _gate_of(graded, verdicts)
    if gate is None or plan.rules[gate] is None:
        return {}
    rule = plan.rules[gate]
    assert rule is not None
    operand = plan.operands[gate][port]
    return {
        "gate": [rule.name, plan.ids[gate]],
        "operand": _shown(graded, Cell("value", operand, None, cell.entry)),
        "output": _shown(graded, Cell("value", gate, None, cell.entry)),
        "upstream": _shown(graded, Cell("grad", gate, None, cell.entry)),
    }


def _gate_of(graded: Graded, verdicts: Verdicts) -> tuple[int | None, int]:
    cell = verdicts.cell
    if cell.field != "grad":
        return cell.node, cell.port or 0
    for one in verdicts.diagnosis.classes if verdicts.diagnosis is not None else ():
        if one.candidate.gate is not None:
            return one.candidate.gate, one.candidate.port or 0
    uses = graded.exam.circuit.uses[cell.node]
    return (uses[0].gate, uses[0].ports[0]) if uses else (None, 0)


def _shown(graded: Graded, cell: Cell) -> str:
    """A number as the student or the handout writes it; where nobody wrote it, its address."""
    written = graded.submission.written.get(cell)
    if written is not None and written.claim is not None:
        return written.claim.text
    return graded.exam.shown.get(cell) or graded.exam.circuit.name(cell)
