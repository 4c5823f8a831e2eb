"""Documents at ties, and how to read what was found there."""

from typing import Any

from chainrule.engine.plan import plan
from chainrule.engine.verify.claims import address
from chainrule.engine.verify.findings import Finding
from chainrule.engine.verify.pipeline import verify_graph
from chainrule.engine.verify.policy import Policy
from chainrule.schema import Graph

from .documents import document


class Judged:
    """The findings of one document by address, and what was found at its ties."""

    def __init__(self, graph: Graph, kinks: str = "any-subgradient") -> None:
        found = verify_graph(graph, Policy(kinks=kinks))
        made = plan(graph)
        self.kinks = found.kinks
        self.findings = {address(made, finding.key): finding for finding in found.claims}

    def __getitem__(self, wire: str) -> Finding:
        return self.findings[wire if ":" in wire else f"grad:{wire}"]

    def verdicts(self, wire: str) -> tuple[str, str]:
        """Local and global verdict."""
        return self[wire].local.verdict.value, self[wire].overall.verdict.value

    def reasons(self, wire: str) -> list[str]:
        """Reasons of both verdicts."""
        return self[wire].reasons

    def follows(self, wire: str) -> tuple[str, ...]:
        """The conventions that a claim follows."""
        return self.kinks.standings[self[wire].key].follows


def judged(expression: str, claims: dict[str, Any], kinks: str = "any-subgradient", **values: Any) -> Judged:
    """The circuit of an expression with claims such as `{"x": 0.5}` on gradients, judged."""
    stated = {name if "." in name else f"{name}.grad": number for name, number in claims.items()}
    return Judged(document(expression, stated, **values), kinks)
