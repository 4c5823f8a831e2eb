"""Gate symbols, with a scalar constant folded into them: "+1", "1/x", "x²"."""

_SYMBOLS = {
    "abs": "|x|",
    "add": "+",
    "div": "/",
    "identity": "=",
    "maximum": "max",
    "minimum": "min",
    "mul": "×",
    "neg": "−x",
    "pow": "x^y",
    "reciprocal": "1/x",
    "sigmoid": "σ",
    "sqrt": "√x",
    "square": "x²",
    "sub": "−",
}

#: Op -> what the gate says when its first, or its second, operand is the constant {}.
_FOLDED = {
    "add": ("+{}", "+{}"),
    "sub": ("{}−x", "−{}"),
    "mul": ("×{}", "×{}"),
    "div": ("{}/x", "/{}"),
    "pow": ("{}^x", "x^{}"),
    "maximum": ("max {}", "max {}"),
    "minimum": ("min {}", "min {}"),
}
_SHORTER = {"x^2": "x²", "x^3": "x³"}


def symbol(op: str) -> str:
    """The sign of a gate, or the name of its op."""
    return _SYMBOLS.get(op, op)


def takes_constant(op: str) -> bool:
    """True if a constant operand can be part of the gate's symbol."""
    return op in _FOLDED


def folded_symbol(op: str, constant: str, place: int) -> str:
    """The sign of a gate whose operand number `place` is a constant."""
    text = _FOLDED[op][place].format(constant)
    return _SHORTER.get(text, text)
