"""What the float kernels of scalars and of arrays share: constants, and a sum for which doubles have too few digits."""

from flint import arb, ctx

#: Splits a double into two halves of its digits: 2^27 + 1.
SPLIT = 134217729.0

#: Beyond this exp(-x²) is below every double.
TAIL = 28.0

#: Bits in which exp(a) + exp(b) is compared with 1.
_BITS = 200


def log_of_sum(a: float, b: float) -> float:
    """log(exp(a) + exp(b)) near 0, where exp(a) + exp(b) is so near to 1 that doubles lose its digits."""
    with ctx.workprec(_BITS):
        return float((arb(a).expm1() + arb(b).exp()).log1p().mid())
