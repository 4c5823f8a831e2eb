"""The report: what was found, as a document of kind `report` (format.md 12)."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

from flint import fmpq

from ...schema import Graph, Report, UsageError
from ...schema.collector import collector_off
from ...schema.number import is_printed
from ..plan import Plan, plan
from ..registry import CORE
from ..shape import index_of
from .claims import Claim, address, named
from .decimals import bounds, nearby
from .differences.estimates import Difference
from .digests import Digests
from .findings import Finding, Key, Opinion
from .kinks.rows import branches, nearest_kinks, standing_of
from .ledger import counts, opened
from .outcome import Outcome, worst
from .pipeline import verify_graph
from .policy import STANDARD, Policy
from .samples import Samples
from .verdict import Judgement, Verdict

#: Entries of a tensor claim that a report shows one by one, and up to which it repeats the claim as written.
WORST, REPEATED = 8, 64

_FIELDS = ("value", "grad", "local", "downstream")


def verify(
    graph: Graph,
    policy: Policy = STANDARD,
    *,
    detail: str = "findings",
    digests: Mapping[str, str] | None = None,
) -> Report:
    """Judge every number that a document states; the report says which is wrong, by how much, and why.

    `detail` is findings or all. `digests` adds to the subject's (the bytes as read). A wrong claim never raises;
    DocumentError if the graph breaks an op's rule.
    """
    if detail not in ("findings", "all"):
        raise UsageError(f"no detail is called {detail!r}; there are findings and all")
    with collector_off():
        return _report(graph, policy, detail, digests or {})


def _report(graph: Graph, policy: Policy, detail: str, digests: Mapping[str, str]) -> Report:
    made, subject = plan(graph), Digests(graph)
    found = verify_graph(graph, policy, made=made, digests=subject)
    judged = found.claims if detail == "all" else filter(_is_finding, opened(found.claims))
    return Report.model_validate(
        {
            **head(policy),
            "subject": {**digests, **_subject(subject)},
            "verdict": {"local": found.local.value, "global": found.overall.value},
            "counts": _counts(made, found),
            "detail": detail,
            "claims": _claims(made, found, list(judged)),
            **_optional(made, found),
            "run": {
                "differences": [_difference(made, seen) for seen in found.differences],
                **({"signature": branches(made, found.signature)} if found.signature else {}),
                "cost": {method: dict(used) for method, used in found.cost.items()},
            },
        }
    )


def head(policy: Policy) -> dict[str, Any]:
    """The fields of a report that do not depend on the document, also of one that cannot be read."""
    return {
        "chainrule": "1.0",
        "kind": "report",
        "verifier": {"name": "chainrule", "version": _version(), "opset": {"core": CORE}},
        "policy": policy.written(),
    }


@cache
def _version() -> str:
    """The version of the installed package, read once."""
    return version("chainrule")


def overall(report: Report) -> Verdict:
    """The one verdict that counts under the report's policy."""
    assert report.verdict is not None
    sides = {"both": ("local", "global"), "local": ("local",), "global": ("global",)}[str(report.policy["judge"])]
    return worst(Verdict(report.verdict[side]) for side in sides)


def _subject(digests: Digests) -> dict[str, str]:
    return {"document": digests.document, "graph": digests.graph, "shape": digests.shape}


def _is_finding(finding: Finding) -> bool:
    return any(opinion.verdict in (Verdict.UNDECIDED, Verdict.REFUTED) for opinion in (finding.local, finding.overall))


def _ordered(plan: Plan, findings: Sequence[Finding]) -> list[Finding]:
    """In canonical node order: by level, then id; the fields of a node in the order of the format."""
    levels = [0] * len(plan.ids)
    for i in plan.gates:
        levels[i] = 1 + max(levels[k] for k in plan.operands[i])

    def place(finding: Finding) -> tuple[int, str, int, int]:
        claim = finding.claim
        return levels[claim.node], plan.ids[claim.node], _FIELDS.index(claim.field), claim.port or 0

    return sorted(findings, key=place)


def _counts(plan: Plan, found: Outcome) -> dict[str, Any]:
    local, overall = counts(found.claims, "local"), counts(found.claims, "overall")
    everything = [verdict.value for verdict in Verdict]
    return {
        "local": {name: local[name] for name in everything},
        "global": {name: overall[name] for name in everything},
        "unclaimed": _unclaimed(plan),
    }


def _unclaimed(plan: Plan) -> int:
    """Values of gates and gradients of wires that nobody stated."""
    values = sum("value" not in plan.graph.nodes[i] for i in plan.gates)
    grads = sum("grad" not in node for node, trained in zip(plan.graph.nodes, plan.trained, strict=True) if trained)
    return values + grads


def _optional(plan: Plan, found: Outcome) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if found.first_faults:
        parts["first_faults"] = _faults(plan, found)
    if found.warnings:
        parts["warnings"] = [
            {"code": warned.code, "message": warned.message, **({"wire": warned.wire} if warned.wire else {})}
            for warned in found.warnings
        ]
    if kinks := nearest_kinks(plan, found):
        parts["kinks"] = kinks
    if found.probes["seeds"]:
        parts["probes"] = dict(found.probes)
    return parts


def _difference(plan: Plan, seen: Difference) -> dict[str, Any]:
    """What differences saw at one leaf entry, whether its gradient is claimed or not."""
    row: dict[str, Any] = {"wire": plan.ids[seen.leaf], "index": index_of(seen.entry, plan.shapes[seen.leaf])}
    row |= {"ladder": seen.ladder, "points": seen.points}
    return row | ({"because": seen.because} if seen.because else {"value": seen.value, "bar": seen.bar})


def _faults(plan: Plan, found: Outcome) -> list[dict[str, Any]]:
    """First faults in the order of work, each with what was carried from it."""
    carried: dict[Key, list[str]] = defaultdict(list)
    addresses = {finding.key: address(plan, finding.key) for finding in opened(found.claims)}
    for finding in opened(found.claims):
        if finding.carried_from is not None:
            carried[finding.carried_from].append(addresses[finding.key])
    return [{"at": addresses[key], "carried": carried[key]} for key in found.first_faults]


def _claims(plan: Plan, found: Outcome, judged: Sequence[Finding]) -> list[dict[str, Any]]:
    if not judged:
        return []
    samples = Samples(plan)
    return [_claim(plan, found, finding, samples) for finding in _ordered(plan, judged)]


def _claim(plan: Plan, found: Outcome, finding: Finding, samples: Samples) -> dict[str, Any]:
    claim = finding.claim
    first = next(iter(finding.worst_entries(1)), 0)
    wire, name, port = named(plan, finding.key)
    row: dict[str, Any] = {"wire": wire, "field": name if port is None else f"{name}[{port}]"}
    row |= _written(claim, first) if len(claim.entries) == 1 else _written_tensor(finding)
    row["local"] = _side(finding.local, claim)
    row["global"] = _side(finding.overall, claim)
    row["reasons"] = [*finding.reasons, *(["sample-conditional"] if samples.condition(finding.key) else [])]
    row |= _allowance(finding.overall.entries.get(first), claim)
    if (standing := standing_of(plan, found, finding)) is not None:
        row["kinks"] = standing
    row["evidence"] = [
        {"method": heard.method, "says": heard.says, **heard.details, "trusts": list(heard.trusts)}
        for heard in finding.evidence
    ]
    row["fault"] = {
        "first": finding.first,
        "from": None if finding.carried_from is None else address(plan, finding.carried_from),
    }
    return row


def _written(claim: Claim, entry: int) -> dict[str, Any]:
    claimed = claim.set_of(entry)
    row: dict[str, Any] = {"claim": claim.entries[entry]}
    if claimed is not None:
        row["set"] = bounds(claimed)
    return row


def _written_tensor(finding: Finding) -> dict[str, Any]:
    claim = finding.claim
    row: dict[str, Any] = {"claim": claim.raw} if len(claim.entries) <= REPEATED else {"claim": None}
    row["shape"] = list(claim.shape)
    row["counts"] = {"local": dict(finding.local.counts), "global": dict(finding.overall.counts)}
    worst = [entry for entry in finding.worst_entries(WORST) if _says_something(finding, entry)]
    row["worst"] = [_worst(finding, entry) for entry in worst]
    return row


def _says_something(finding: Finding, entry: int) -> bool:
    judgements = (finding.local.entries.get(entry), finding.overall.entries.get(entry))
    return any(j is not None and j.verdict in (Verdict.UNDECIDED, Verdict.REFUTED) for j in judgements)


def _worst(finding: Finding, entry: int) -> dict[str, Any]:
    claim = finding.claim
    row: dict[str, Any] = {"index": index_of(entry, claim.shape), **_written(claim, entry)}
    judgements = (finding.overall.entries.get(entry), finding.local.entries.get(entry))
    for judgement in judgements:
        if judgement is not None and judgement.enclosure is not None and judgement.verdict is Verdict.REFUTED:
            return row | {"enclosure": bounds(judgement.enclosure), "size": _size(judgement, claim, entry)}
    return row


def _side(opinion: Opinion, claim: Claim) -> dict[str, Any]:
    """One verdict; the numbers are those of the entry that speaks most against the claim."""
    side: dict[str, Any] = {"verdict": opinion.verdict.value}
    if not opinion.entries:
        return side
    [entry] = opinion.worst_entries(1)
    judgement = opinion.entries[entry]
    if claim.shape:
        side["index"] = index_of(entry, claim.shape)
    if judgement.relation is not None:
        side["relation"] = judgement.relation
    if judgement.as_printed is not None:
        side["as_printed"] = judgement.as_printed
    if judgement.enclosure is not None:
        side["enclosure"] = bounds(judgement.enclosure)
    if judgement.verdict is Verdict.REFUTED and (size := _size(judgement, claim, entry)):
        side["size"] = size
    return side


def _size(judgement: Judgement, claim: Claim, entry: int) -> dict[str, float]:
    """How far off: in allowances, and in half units of the last printed place."""
    size: dict[str, float] = {}
    claimed = claim.set_of(entry)
    if judgement.gap is None:
        return size
    if judgement.allowance:
        size["allowances"] = _float(judgement.gap / judgement.allowance)
    if claimed is not None and is_printed(claim.entries[entry], claim.rounding) and not claimed.is_point:
        half = (claimed.high - claimed.low) / 2
        size["half_units"] = _float((judgement.gap + half) / half)
    return size


def _allowance(judgement: Judgement | None, claim: Claim) -> dict[str, Any]:
    if judgement is None or judgement.allowance is None:
        return {}
    row: dict[str, Any] = {"allowance": {"total": _float(judgement.allowance), "dtype": claim.dtype}}
    if judgement.resolution is not None:
        row["resolution"] = {"relative": _float(judgement.resolution)}
    return row


def _float(number: fmpq) -> float:
    """A rational as a float of three digits, for display; the largest float where it does not fit."""
    return min(float(f"{nearby(number):.3g}"), sys.float_info.max)
