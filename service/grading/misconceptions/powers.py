"""A rule for powers, roots or quotients was remembered in part."""

from typing import Any

from .declaration import At, misconception


@misconception("power", gates=("div",), ports=(1,))
def div_den_first_power(xp: Any, at: At) -> Any:
    """The square of the denominator is missing.

    Why it is wrong: d(1/b) = -1/b², so b stands there twice.
    In the numbers: the claim is -a/b times g.
    Example: 6 / 2 with upstream 1; writing -3 for the denominator.
    Instead: -a/b² = -1.5.
    """
    return -(at.other / at.own) * at.up


@misconception("power", gates=("reciprocal",))
def reciprocal_first_power(xp: Any, at: At) -> Any:
    """The square of the operand is missing.

    Why it is wrong: d(1/a) = -1/a².
    In the numbers: the claim is -g/a.
    Example: 1/1.37 with upstream 1; writing -0.73.
    Instead: -1/1.37² = -0.53.
    """
    return -(at.up / at.own)


@misconception("power", gates=("square",))
def square_no_two(xp: Any, at: At) -> Any:
    """The factor 2 is missing.

    Why it is wrong: a² = a·a depends on a through both factors.
    In the numbers: the claim is a·g.
    Example: a = 3 with upstream 1; writing 3.
    Instead: 2a = 6.
    """
    return at.own * at.up


@misconception("power", gates=("square", "pow"), ports=(0,))
def pow_exponent_kept(xp: Any, at: At) -> Any:
    """The exponent was not lowered by one.

    Why it is wrong: d(aⁿ) = n·aⁿ⁻¹.
    In the numbers: the claim is n·aⁿ times g.
    Example: a² at a = 3 with upstream 1; writing 18.
    Instead: 2·3 = 6.
    """
    exponent = at.other if at.other is not None else xp.constant(2)
    return exponent * at.out * at.up


@misconception("power", gates=("pow",), ports=(0,))
def pow_exponent_lost(xp: Any, at: At) -> Any:
    """The exponent did not become a factor.

    Why it is wrong: aⁿ is a product of n factors, and each of them counts.
    In the numbers: the claim is aⁿ⁻¹ times g.
    Example: a³ at a = 2 with upstream 1; writing 4.
    Instead: 3·2² = 12.
    """
    return at.out / at.own * at.up


@misconception("power", gates=("sqrt",))
def sqrt_no_half(xp: Any, at: At) -> Any:
    """The factor 1/2 is missing.

    Why it is wrong: √a = a^(1/2), and the exponent becomes a factor.
    In the numbers: the claim is g/√a.
    Example: a = 4 with upstream 1; writing 0.5.
    Instead: 1/(2√a) = 0.25.
    """
    return at.up / at.out
