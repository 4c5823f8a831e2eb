"""What a case expects of a report, and where the report says otherwise."""

from collections.abc import Mapping, Sequence
from typing import Any

import chainrule as cr
from chainrule.schema import Graph

#: From best to worst; a document is as good as its worst number.
VERDICTS = ("proved", "consistent", "undecided", "refuted")


def claims_of(graph: Graph, seeds: Mapping[str, Any] | None = None) -> dict[str, Mapping[str, Any]]:
    """Every number that a document states, by its address (`x.grad`), with what the verifier says of it."""
    report = cr.verify(graph, detail="all", seeds=seeds)
    return {f"{row['wire']}.{row['field']}": row for row in report.claims or ()}


def worst(claims: Mapping[str, Mapping[str, Any]]) -> str:
    """The verdict on the document: the worst of all its claims, local and global."""
    found = [row[side]["verdict"] for row in claims.values() for side in ("local", "global")]
    return max(found, key=VERDICTS.index, default="proved")


def unmet(claims: Mapping[str, Mapping[str, Any]], expected: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """One sentence for every verdict or reason that is not what a case expects."""
    silent = [f"{address}: the report says nothing of it" for address in expected if address not in claims]
    heard = [(address, claims[address], expectation) for address, expectation in expected.items() if address in claims]
    return silent + [said for each in heard for said in _unmet(*each)]


def allowed(expected: str | Sequence[str]) -> Sequence[str]:
    """A case names one verdict, or a list of those that it allows."""
    return [expected] if isinstance(expected, str) else expected


def _unmet(address: str, row: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    reasons = row["reasons"]
    found = [
        f"{address}: {side} is {row[side]['verdict']} {reasons}, expected {expected[side]}"
        for side in ("local", "global")
        if row[side]["verdict"] not in allowed(expected[side])
    ]
    missing = [reason for reason in expected.get("reasons", ()) if reason not in reasons]
    return found + ([f"{address}: {missing} not among its reasons {reasons}"] if missing else [])
