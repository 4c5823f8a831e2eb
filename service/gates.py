"""What a gate does with the gradient that reaches it, in the words of the lecture."""

from ..engine.registry import OPS

_SAID = {
    "add": "an add gate distributes its gradient",
    "sub": "a subtract gate hands its gradient on, to its second operand with the sign changed",
    "mul": "a multiply gate switches its inputs",
    "div": "a divide gate scales by 1/b toward a, and by -out/b toward b",
    "maximum": "a max gate routes its gradient to the larger operand",
    "minimum": "a min gate routes its gradient to the smaller operand",
    "neg": "a negation turns the sign",
    "exp": "exp is its own local gradient",
    "sigmoid": "a sigmoid gate collapses four gates into (1 - s) s",
    "relu": "a relu gate lets its gradient through where its input is positive",
}


def manner(op: str) -> str:
    """One clause on how a gate treats its gradient.

    >>> manner("mul"), manner("tanh")
    ('a multiply gate switches its inputs', 'a tanh gate multiplies its gradient by one number')
    """
    return _SAID.get(op, f"a {op} gate {OPS[op].pattern.value}")
