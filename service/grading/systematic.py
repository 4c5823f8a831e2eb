"""One cause behind several wrong numbers (grading.md 10.8). It changes what is said, never what is earned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...engine.numbers.intervals import Interval, point
from ...engine.printed.circuit import Cell
from ...engine.printed.pieces import Pieces, distance
from ...engine.printed.sheet import Sheet
from ...engine.printed.steps import Tight, predict
from ...engine.verify.claims import rational
from .exam import Exam
from .judging import Judging
from .states import Verdicts

#: Learning rates that are tried for weights updated too early.
RATES = tuple(Fraction(text) for text in ("1/2", "1/10", "1", "1/100", "1/5", "1/20", "1/1000"))

#: Seeds that people begin with, besides the value of the output.
SEEDS = tuple(Fraction(text) for text in ("0", "2", "1/2"))


@dataclass(frozen=True)
class Systematic:
    """A code that explains several places of one sheet; `detail` is the seed or the rate."""

    code: str
    places: tuple[Cell, ...]
    detail: str | None = None


def systematic(
    exam: Exam, judging: Judging, cells: Mapping[Cell, Verdicts], roots: Sequence[Cell]
) -> tuple[Systematic, ...]:
    """What the wrong numbers of a sheet have in common: a hypothesis about all of it, else codes that recur."""
    if not roots:
        return ()
    whole = next(_hypotheses(exam, judging, roots), None)
    return (whole,) if whole is not None else tuple(_recurring(cells, roots))


def _recurring(cells: Mapping[Cell, Verdicts], roots: Sequence[Cell]) -> Iterator[Systematic]:
    """Codes that are named at two roots or more, the most frequent first."""
    found: dict[str, list[Cell]] = {}
    for root in roots:
        diagnosis = cells[root].diagnosis
        if diagnosis is not None and len(diagnosis.classes) == 1 and diagnosis.is_named:
            found.setdefault(diagnosis.classes[0].codes[0], []).append(root)
    for code, places in sorted(found.items(), key=_most_first):
        if len(places) > 1:
            yield Systematic(code, tuple(places))


def _most_first(found: tuple[str, list[Cell]]) -> tuple[int, str]:
    return -len(found[1]), found[0]


def _hypotheses(exam: Exam, judging: Judging, roots: Sequence[Cell]) -> Iterator[Systematic]:
    if any(root.field == "value" for root in roots):
        return
    yield from _other_seeds(exam, judging, roots)
    if len(roots) > 1:
        yield from _early_updates(judging.sheet, roots)


def _other_seeds(exam: Exam, judging: Judging, roots: Sequence[Cell]) -> Iterator[Systematic]:
    """The backward pass begun with another seed; the sheet judged under it must have nothing refuted."""
    circuit = exam.circuit
    if len(circuit.plan.outputs) != 1:
        return
    output = circuit.plan.outputs[0]
    begun = Cell("grad", output)
    if begun not in roots and (begun in judging.sheet.claims or len(roots) < 2):
        return
    seed = circuit.seed(output, 0)
    value = judging.sheet.operands.get(Cell("value", output))
    tried: list[tuple[str, str | None, Interval]] = [
        ("seed-not-one", str(factor), point(rational(factor))) for factor in SEEDS
    ]
    tried.append(("descent-sign", None, -seed))
    if value is not None:
        tried.append(("seed-not-one", circuit.plan.ids[output], value))
    for code, detail, number in tried:
        if number != seed and _holds_with_seed(exam, {output: number}, judging):
            yield Systematic(code, tuple(roots), detail)


def _holds_with_seed(exam: Exam, seeds: Mapping[int, Interval], judging: Judging) -> bool:
    """True if a sheet follows throughout from another beginning of the backward pass."""
    sheet, key = judging.sheet, tuple(seeds.items())
    circuit = exam.shared.once(("seeded", key), exam.circuit.seeded, seeds)
    memory = exam.shared.memory(circuit, judging.direction, judging.decimals, key)
    again = Sheet(circuit, sheet.claims, sheet.reading, exam.given, memory, most_refuted=0)
    return not again.refuted


def _early_updates(sheet: Sheet, roots: Sequence[Cell]) -> Iterator[Systematic]:
    """The backward pass with weights after their update, by the gradients that the sheet states for them."""
    for rate in RATES:
        updated = _updated(sheet, rate)
        if not updated:
            return
        steps = Tight(sheet.circuit, {**sheet.operands, **updated}, (), sheet.reading)
        if all(_meets(predict(steps, root), sheet.judged[root].read) for root in roots):
            yield Systematic("updated-params-in-backward", tuple(roots), str(rate))


def _meets(pieces: Pieces, read: Interval) -> bool:
    return pieces is not None and distance(pieces, read) == 0


def _updated(sheet: Sheet, rate: Fraction) -> dict[Cell, Interval | None]:
    found: dict[Cell, Interval | None] = {}
    for cell in sheet.claims:
        value = cell._replace(field="value")
        number, grad = sheet.operands.get(value), sheet.operands.get(cell)
        if cell.field == "grad" and sheet.circuit.plan.rules[cell.node] is None and number and grad:
            found[value] = number - grad * point(rational(rate))
    return found
