"""Which equations read stated numbers alone: their bounds are the rounding of one step, which no resolution limits.

A gate that only moves, picks or compares numbers is looked through: what it makes is as good as stated.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ...dtypes import anything
from ...plan import Plan
from ...rule import Pattern, Rule
from ..claims import Key


class OneStep:
    """The equations of one plan; `whole` holds the claims of which every entry is stated."""

    def __init__(self, plan: Plan, whole: Collection[Key]) -> None:
        self._plan, self._whole = plan, whole
        self._readers: list[list[tuple[int, int]]] = [[] for _ in plan.ids]
        for gate in plan.gates:
            for port, operand in enumerate(plan.operands[gate]):
                self._readers[operand].append((gate, port))
        self._values: list[bool] = []
        for i, rule in enumerate(plan.rules):
            read = all(self._values[k] for k in plan.operands[i])
            stated = (i, "value", None) in whole
            self._values.append(rule is None or stated or (rounds_nothing(rule) and read))
        self._grads = [False] * len(plan.ids)
        for i, rule in reversed(list(enumerate(plan.rules))):
            moves = rule is not None and rounds_nothing(rule)
            self._grads[i] = (i, "grad", None) in whole or (moves and self._is_received(i))

    def __call__(self, key: Key) -> bool:
        """True if the right-hand side of this claim's equation reads stated numbers alone."""
        node, field, port = key
        if field == "value":
            return all(self._values[k] for k in self._plan.operands[node])
        if port is not None:
            return self._is_sent(node)
        return self._is_received(node)

    @property
    def is_everywhere(self) -> bool:
        """True if value and gradient of every wire are known that some gate rounds or a gradient flows to."""
        trained: Sequence[bool] = self._plan.trained
        return all(self._values) and all(known or not flows for known, flows in zip(self._grads, trained, strict=True))

    def _is_sent(self, gate: int) -> bool:
        """Whether all that a gate sends its gradient on with is known."""
        return self._grads[gate] and self._values[gate] and all(self._values[k] for k in self._plan.operands[gate])

    def _is_received(self, node: int) -> bool:
        """Whether all that reaches a wire is stated, or made of stated numbers in one step."""
        return all((gate, "downstream", at) in self._whole or self._is_sent(gate) for gate, at in self._readers[node])


def rounds_nothing(rule: Rule) -> bool:
    """Whether an op moves, picks or compares numbers, so that what it makes is exact."""
    if rule.elementwise:
        return rule.error.value == 0
    return rule.dtype is anything or rule.pattern is Pattern.ROUTER
