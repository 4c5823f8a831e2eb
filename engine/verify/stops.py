"""Gates that stop gradients by declaration: what differentiates values contradicts them by design, and is silent.

`stop_gradient` is the identity and sends nothing on; toward a mask that was drawn nothing flows, but the value moves.
"""

from ..plan import Plan

DECLARED = "a gate above declares that nothing flows through it, which values cannot see"


def stops(plan: Plan, gate: int) -> bool:
    """True if a gate sends nothing toward an operand whose change would change its value."""
    rule = plan.rules[gate]
    if rule is None:
        return False
    if not rule.fixed:
        return rule.surrogate
    fixed = (rule.is_fixed(port) and plan.trained[k] for port, k in enumerate(plan.operands[gate]))
    return rule.surrogate or (plan.trained[gate] and any(fixed))


def stopped(plan: Plan) -> set[int]:
    """The wires that reach an output through what such a gate stops."""
    found: set[int] = set()
    if not any(
        rule.fixed or rule.surrogate for rule in {id(rule): rule for rule in plan.rules if rule is not None}.values()
    ):
        return found
    for i in reversed(plan.gates):
        rule = plan.rules[i]
        assert rule is not None
        if i in found or rule.surrogate:
            found.update(plan.operands[i])
        elif stops(plan, i):
            found.update(k for port, k in enumerate(plan.operands[i]) if rule.is_fixed(port))
    return found
