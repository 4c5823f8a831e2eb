"""A sheet read and judged: the way it was rounded, the decimals that scratch paper kept, the verdict on every cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ...engine.numbers.work import Scratch
from ...engine.printed.circuit import Cell
from ...engine.printed.claim import Direction, Printed
from ...engine.printed.reading import Reading
from ...engine.printed.sheet import Sheet
from ...engine.registry import OPS
from .diagnose import Diagnoser
from .exam import Exam

#: More decimals than this are a display's, and no habit of scratch paper.
_MOST_DECIMALS = 40


@dataclass(frozen=True)
class Judging:
    """A judged sheet, and how it was read."""

    sheet: Sheet
    direction: Direction
    decimals: int | None
    #: True if the sheet does not tell whether its digits were rounded or cut off.
    either_way: bool = False

    @property
    def refuted(self) -> Sequence[Cell]:
        """The cells that do not follow from the numbers around them."""
        return self.sheet.refuted


def judged_sheet(exam: Exam, claims: Mapping[Cell, Printed]) -> Judging:
    """The sheet under the policy; `auto` reads truncation where that refutes fewer numbers, or as few with reason."""
    wanted = exam.policy.form.rounding
    first = _judging(exam, claims, "nearest" if wanted == "auto" else wanted)
    if wanted != "auto" or not (first.refuted or _reaches_boundaries(first)):
        return first
    other = _judging(exam, claims, "truncate", len(first.refuted))
    if len(other.refuted) < len(first.refuted):
        return other
    if len(other.refuted) > len(first.refuted):
        return first
    return replace(other if _explained(other) > _explained(first) else first, either_way=True)


def _explained(judging: Judging) -> int:
    """How many of the refuted numbers some misconception gives; read the wrong way, right numbers are refuted."""
    sheet, diagnoser = judging.sheet, Diagnoser(judging.sheet)
    return sum(diagnoser.of(cell, sheet.judged[cell]).outcome != "none" for cell in judging.refuted)


def _reaches_boundaries(judging: Judging) -> bool:
    """True if a number follows only from the end of what its digits claim: perhaps they were cut off."""
    return any("boundary" in judged.reasons for judged in judging.sheet.judged.values())


def _judging(
    exam: Exam, claims: Mapping[Cell, Printed], direction: Direction, most_refuted: int | None = None
) -> Judging:
    """The sheet in one reading; one that refutes more than `most_refuted` is not read to its end."""
    decimals = work_decimals(exam, claims)
    reading = exam.shared.once(("reading", direction, decimals), reading_of, exam, direction, decimals)
    memory = exam.shared.memory(exam.circuit, direction, decimals)
    sheet = Sheet(exam.circuit, claims, reading, exam.given, memory, most_refuted=most_refuted)
    return Judging(sheet, direction, decimals)


def reading_of(exam: Exam, direction: Direction, decimals: int | None) -> Reading:
    """One way to read a sheet of this assignment."""
    significant = exam.form.significant if decimals is not None else None
    whole = direction in ("truncate", "any")
    return Reading(
        direction=direction,
        form=exam.form,
        scratch=Scratch(decimals, significant, whole),
        elide=exam.policy.elide,
        shares=_shares(exam.policy.kinks),
    )


def work_decimals(exam: Exam, claims: Mapping[Cell, Printed]) -> int | None:
    """Decimals to which unwritten steps may have been rounded: the policy's, or those that the sheet mostly shows."""
    work = exam.policy.work
    if work != "sheet":
        return work
    counts = Counter(claim.decimals for claim in claims.values() if not claim.is_exact)
    frequent = min((-count, decimals) for decimals, count in counts.items())[1] if counts else 0
    return min(max(exam.form.decimals or 0, frequent), _MOST_DECIMALS)


def _shares(kinks: str) -> dict[str, Fraction] | None:
    convention = kinks.removeprefix("convention:")
    if convention == kinks:
        return None
    return {name: rule.at_kink[convention] for name, rule in OPS.items() if rule.at_kink is not None}
