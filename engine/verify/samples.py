"""Numbers that hang on a random sample: they are judged for the sample that the document holds (verification.md 10)."""

from __future__ import annotations

from ..plan import Plan
from .claims import Key


class Samples:
    """Which wires hang on a sample, or are followed by one, between the inputs and the outputs."""

    def __init__(self, plan: Plan) -> None:
        self.drawn = [_is_drawn(plan, i) for i in range(len(plan.ids))]
        self.below, self.above = list(self.drawn), list(self.drawn)
        if not any(self.drawn):
            return
        for i in plan.gates:
            self.below[i] = self.drawn[i] or any(self.below[k] for k in plan.operands[i])
        for i in reversed(plan.gates):
            for k in plan.operands[i]:
                self.above[k] = self.above[k] or self.drawn[i] or self.above[i]

    def condition(self, key: Key) -> bool:
        """True if a claim holds for the stored sample only."""
        node, field, _ = key
        return self.below[node] if field == "value" else self.above[node] or self.below[node]


def _is_drawn(plan: Plan, i: int) -> bool:
    rule = plan.rules[i]
    return "sample" in plan.graph.nodes[i] or (rule is not None and rule.sample is not None)
