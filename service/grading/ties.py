"""Numbers at ties: each may be admissible by itself and no choice of branches allow them together (grading.md 5.7).

Where a guard is 0 the sets of slopes are those of verification, which knows the gradients of several tied gates
together, and that the shares of one gate add up to 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from ...engine.printed.circuit import Cell
from ...engine.verify.policy import Policy
from ...engine.verify.report import verify
from ...schema import Node
from .exam import Exam
from .states import Verdicts
from .truths import Truth

#: More numbers at ties than this are taken one by one, with the hull of their slopes.
MOST = 40

INADMISSIBLE = "kink-inadmissible"

#: One number in the order of work: its place in the graph, its field, its digits.
Stated = tuple[int, str, str]


def inadmissible(exam: Exam, cells: Mapping[Cell, Verdicts]) -> dict[Cell, Verdicts]:
    """The numbers at ties that are refuted: no choice of branches allows them beside those before them."""
    open_ = [cell for cell, verdicts in cells.items() if _is_open(exam, verdicts)]
    if not open_ or len(open_) > MOST:
        return {}
    stated = [(cell.node, cell.field, cells[cell].judged) for cell in open_]
    texts = tuple((node, field, judged.claim.text) for node, field, judged in stated if judged is not None)
    wrong = exam.shared.once(("ties", texts), _refuted, exam, texts)
    return {cell: _refute(cells[cell]) for cell, is_wrong in zip(open_, wrong, strict=True) if is_wrong}


def _is_open(exam: Exam, verdicts: Verdicts) -> bool:
    """True for a printed gradient of one number that is right only by the choice of a branch."""
    judged, truth, cell = verdicts.judged, verdicts.truth, verdicts.cell
    if judged is None or truth is None or judged.verdict == "refuted" or "kink-admissible" not in truth.reasons:
        return False
    return cell.field == "grad" and judged.claim.fixed is None and not exam.circuit.plan.shapes[cell.node]


def _refuted(exam: Exam, stated: Sequence[Stated]) -> tuple[bool, ...]:
    """For each number whether it contradicts the graph, or those before it that do not."""
    kept: list[Stated] = []
    found: list[bool] = []
    for one in stated:
        found.append(any(_inadmissible_claims(exam, [*kept, one])))
        kept += [] if found[-1] else [one]
    return tuple(found)


def _inadmissible_claims(exam: Exam, stated: Sequence[Stated]) -> Iterator[Any]:
    rows: list[dict[str, Any]] = [dict(row) for row in exam.graph.nodes]
    for node, field, text in stated:
        rows[node][field] = text
    policy = Policy(kinks=exam.policy.kinks)
    report = verify(exam.graph.with_nodes(cast(list[Node], rows)), policy, detail="findings", digests={})
    return (claim for claim in report.claims or () if _is_refuted(claim))


def _is_refuted(claim: Any) -> bool:
    return claim["global"]["verdict"] == "refuted" or INADMISSIBLE in claim.get("reasons", ())


def _refute(verdicts: Verdicts) -> Verdicts:
    assert verdicts.judged is not None
    judged = replace(verdicts.judged, verdict="refuted", reasons=(INADMISSIBLE,))
    return replace(verdicts, judged=judged, truth=Truth("refuted", (INADMISSIBLE,)), state="wrong")
