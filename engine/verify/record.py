"""What the two verdicts on a claim put on its record, also where arrays settled it and nobody looked at it alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .columns import Columns
from .evidence import Details, from_opinion
from .findings import Finding
from .ledger import in_bulk
from .recomputation import Recomputation
from .rho import Rho


def record(finding: Finding) -> None:
    """Add the word of the local check, and that of the method which judged the claim as a whole."""
    rho = finding.rho
    details = Details(partial(_found_later, rho)) if callable(rho) else _written(rho)
    finding.evidence.append(from_opinion("local", finding.local.verdict, details))
    finding.evidence.append(from_opinion(finding.method, finding.overall.verdict))


def settled_in_bulk(columns: Columns, rho: Rho, recomputation: Recomputation, k: int) -> Finding:
    """What stands on claim k, which arrays settled."""
    claim = columns[k]
    overall = recomputation.opinion(k, range(len(claim.entries)))
    finding = Finding(claim, in_bulk(len(claim.entries)), overall, rho.largest(k), "recomputation")
    record(finding)
    return finding


def _found_later(rho: Callable[[], float | None]) -> dict[str, float]:
    return _written(rho())


def _written(rho: float | None) -> dict[str, float]:
    return {} if rho is None else {"rho": float(f"{min(rho, 1e308):.3g}")}
