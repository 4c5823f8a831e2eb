"""What a number comes to: its state, from the local and the global verdict (grading.md 7), and its roots (8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...engine.printed.circuit import Cell
from ...engine.printed.judgement import Judged
from ...engine.printed.sheet import Sheet
from .dependencies import dependency_table
from .diagnose import Diagnosis
from .truths import Truth
from .written import Written

#: States in the order in which a tensor takes that of its worst element.
WORST_FIRST = (
    "wrong",
    "slip",
    "missing",
    "invalid",
    "not-checked",
    "uninformative",
    "low-precision",
    "disconnected",
    "carried",
    "rounding-drift",
    "correct",
)

#: States of numbers that are wrong by themselves.
ROOTS = ("wrong", "slip")

#: States that leave open whether the number is right.
OPEN = ("missing", "invalid", "not-checked", "uninformative", "low-precision")


@dataclass(frozen=True)
class Verdicts:
    """Everything that is known of one cell; `judged` and `truth` are None where nothing was claimed."""

    cell: Cell
    written: Written | None
    judged: Judged | None = None
    truth: Truth | None = None
    diagnosis: Diagnosis | None = None
    #: Codes that match a number which follows only by a hair.
    possible: tuple[str, ...] = ()
    state: str = ""
    roots: tuple[Cell, ...] = field(default=())

    @property
    def local(self) -> str | None:
        """The local verdict; `undecided` where a number follows by a hair, and a misconception explains it as well."""
        if self.judged is None:
            return None
        return "undecided" if self.possible else self.judged.verdict


def state_without_roots(verdicts: Verdicts, unknown: bool) -> str:
    """The state as far as it can be told from the cell alone; `follows` where that depends on roots above it."""
    written, judged, truth = verdicts.written, verdicts.judged, verdicts.truth
    if judged is None or truth is None:
        return "invalid" if written is not None and written.refusal else "missing"
    if unknown and not truth.is_right:
        return "not-checked"
    for form in ("uninformative", "low-precision"):
        if form in judged.form:
            return form
    if judged.verdict != "refuted":
        return "correct" if truth.is_right else "follows"
    if truth.is_right:
        return "disconnected"
    return "slip" if verdicts.diagnosis is not None and verdicts.diagnosis.is_surface else "wrong"


def nearest_roots(sheet: Sheet, roots: Iterable[Cell]) -> Mapping[Cell, tuple[Cell, ...]]:
    """For every cell the roots that are reached without passing another one, in the order of work."""
    wrong = set(roots)
    found: dict[Cell, frozenset[Cell]] = {}
    order: dict[Cell, int] = {}
    for cell, dependencies in dependency_table(sheet.circuit, sheet.operands).items():
        order[cell] = len(order)
        above: set[Cell] = set()
        for dependency in dependencies:
            if dependency in wrong:
                above.add(dependency)
            elif dependency in found:
                above |= found[dependency]
        if above:
            found[cell] = frozenset(above)
    return {cell: tuple(sorted(above, key=order.__getitem__)) for cell, above in found.items()}


def needs_unknown(sheet: Sheet) -> set[Cell]:
    """The cells that follow from a number which is missing and not replaced."""
    found: set[Cell] = set()
    for cell, dependencies in dependency_table(sheet.circuit, sheet.operands).items():
        if any(above in sheet.unknown for above in dependencies):
            found.add(cell)
    return found
