"""What an exercise cannot tell apart: every mistake is made on it, at the digits asked for, and graded (21)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version
from typing import Any

from ...schema import Assignment, Report, canonical, graph_digest
from ...schema.digest import bytes_digest
from .exam import Exam, exam_of
from .suggestion import suggested
from .trials import Trials

#: A share of silent mistakes from which a sheet is called thin.
THIN = Fraction(1, 20)

#: Levels of findings from worst to best.
LEVELS = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """One thing that the exercise cannot do, or does badly."""

    code: str
    level: str
    message: str
    slot: str | None = None

    def written(self) -> dict[str, Any]:
        """The finding as a report states it."""
        where = {} if self.slot is None else {"slot": self.slot}
        return {"code": self.code, "level": self.level, **where, "message": self.message}


def lint(assignment: Assignment, *, suggest: bool = False, seed: int = 0) -> Report:
    """The report of what an assignment cannot tell apart; with `suggest` better inputs, looked for from a seed."""
    exam = exam_of(assignment)
    found = list(findings(exam))
    if suggest and (told := suggested(exam, seed)):
        found.append(Finding("suggestion", "note", told))
    data = canonical(assignment)
    return Report.model_validate(
        {
            "chainrule": "1.0",
            "kind": "report",
            "subject": {"bytes": bytes_digest(data), "document": bytes_digest(data), "graph": graph_digest(exam.graph)},
            "verifier": {"name": "chainrule", "version": version("chainrule"), "opset": dict(exam.graph.opset)},
            "policy": {"judge": "both", "suggest": suggest},
            "findings": [finding.written() for finding in found],
        }
    )


def worst_level(report: Report) -> str | None:
    """The worst level among the findings of a report."""
    levels = {finding["level"] for finding in report.findings or ()}
    return next((level for level in LEVELS if level in levels), None)


def findings(exam: Exam) -> Iterator[Finding]:
    """Everything that is found, errors first."""
    yield from _declarations(exam)
    yield from _operands(exam)
    yield from _numbers(exam)
    yield from _mistakes(exam)


def _declarations(exam: Exam) -> Iterator[Finding]:
    if not any(slot.points for slot in exam.slots):
        yield Finding("no-points", "error", "no number earns points: give some slot points")
    asked = {slot.address for slot in exam.slots}
    for entry in exam.assignment.given or ():
        if entry.slot in {one.slot for one in exam.assignment.slots or ()}:
            yield Finding("given-and-asked", "error", f"{entry.slot} is given and asked for: keep one", entry.slot)
    for address in sorted(asked):
        if address.startswith("grad:") and not exam.circuit.plan.reaching[exam.index[address[5:].split("[")[0]]]:
            yield Finding("unreachable", "error", f"{address}: no output depends on it; its gradient is 0", address)


def _operands(exam: Exam) -> Iterator[Finding]:
    seen: dict[Any, str] = {}
    for wire, entries in exam.circuit.leaves.items():
        name, row = exam.circuit.plan.ids[wire], exam.graph.nodes[wire]
        for number in entries:
            if number is None or row["op"] == "const":
                continue
            if number.is_point and number.low in (0, 1, -1):
                yield Finding("trivial-operand", "note", f"{name} is {number.low}: it hides whether it was multiplied")
            if number in seen:
                yield Finding("trivial-operand", "note", f"{name} equals {seen[number]}: they can be confused unseen")
            seen[number] = name


def _numbers(exam: Exam) -> Iterator[Finding]:
    least = Fraction(1, 2 * 10 ** (exam.form.decimals if exam.form.decimals is not None else 2))
    for slot in exam.slots:
        for cell in slot.cells:
            truth = exam.truth(cell)
            if truth is None:
                continue
            if (truth.high - truth.low) * 2**64 > truth.size and truth.size:
                yield Finding(
                    "kink", "warning", f"{slot.address} sits on a kink: more than one number is right", slot.address
                )
            elif truth.size and truth.size * least.denominator < least.numerator and exam.form.significant is None:
                message = f"{slot.address} is smaller than the digits asked for can show: ask for more"
                yield Finding("below-resolution", "warning", message, slot.address)


def _mistakes(exam: Exam) -> Iterator[Finding]:
    """Every mistake at every place, made on a sheet that is right otherwise."""
    found = list(Trials(exam).mistakes())
    counts = {name: [one for one in found if one.outcome == name] for name in ("invisible", "silent", "ambiguous")}
    for name, level, what in (
        ("invisible", "warning", "prints the same number as the right step"),
        ("silent", "warning", "prints another number, but is not found"),
        ("ambiguous", "note", "is found, but more than one mistake explains it"),
    ):
        for one in counts[name]:
            yield Finding(name, level, f"{one.code} at {one.slot} {what}", one.slot)
    visible = [one for one in found if one.outcome != "invisible"]
    if visible and Fraction(len(counts["silent"]), len(visible)) > THIN:
        message = f"{len(counts['silent'])} of {len(visible)} mistakes are not found: ask for {_most_useful(exam)}"
        yield Finding("thin-sheet", "warning", message)


def _most_useful(exam: Exam) -> str:
    names = [exam.circuit.name(cell) for cell in exam.places if cell.port is None and cell not in exam.slot_of]
    return ", ".join(names[:3]) or "more decimals"
