"""The forward pass: another operation was carried out than the one in the gate."""

from typing import Any

from .declaration import Kind, Step, misconception


@misconception("forward", Kind.VALUE, gates=("add", "sub", "mul", "div"))
def forward_op_swapped(xp: Any, step: Step) -> Any:
    """Another of the four operations was carried out.

    Why it is wrong: the symbol in the gate says which operation it is.
    In the numbers: the claim is the sum, difference, product or quotient of the same operands.
    Example: 3 and -4 meet in a multiply gate; writing -1.
    Instead: multiply: -12.
    """
    a, b = step.operands
    return [a + b, a - b, a * b, a / b]


@misconception("forward", Kind.VALUE, gates=("maximum", "minimum"))
def forward_max_is_min(xp: Any, step: Step) -> Any:
    """The smaller operand was taken for the larger, or the other way round.

    Why it is wrong: max keeps the larger, min the smaller number.
    In the numbers: the claim is the operand that lost.
    Example: max(5, 2) written as 2.
    Instead: 5. Mind negative numbers: -1 is larger than -3.
    """
    return [xp.minimum(*step.operands), xp.maximum(*step.operands)]


@misconception("forward", Kind.VALUE)
def forward_sign_dropped(xp: Any, step: Step) -> Any:
    """A minus sign got lost on the way forward.

    Why it is wrong: signs of operands count.
    In the numbers: the claim is what the gate makes when one operand has the other sign, or minus the result.
    Example: -1 · 2 written as 2.
    Instead: keep the sign of every operand: -2.
    """
    flipped = [[-x if i == k else x for i, x in enumerate(step.operands)] for k in range(len(step.operands))]
    return [-step.compute(*step.operands), *(step.compute(*operands) for operands in flipped)]


@misconception("forward", Kind.VALUE, gates=("sigmoid",))
def forward_sigmoid_sign(xp: Any, step: Step) -> Any:
    """The exponent of the sigmoid has the wrong sign.

    Why it is wrong: sigmoid(a) = 1/(1 + e^(-a)) grows with a.
    In the numbers: the claim is 1/(1 + e^a), one minus the right value.
    Example: sigmoid(1) written as 0.27.
    Instead: 0.73.
    """
    return 1 / (1 + xp.exp(step.operands[0]))


@misconception("forward", Kind.VALUE, gates=("square",))
def forward_square_doubles(xp: Any, step: Step) -> Any:
    """The operand was doubled, not squared.

    Why it is wrong: a² is a times itself.
    In the numbers: the claim is 2a.
    Example: 3² written as 6.
    Instead: 9.
    """
    return 2 * step.operands[0]


@misconception("forward", Kind.VALUE, gates=("relu",))
def forward_relu_absent(xp: Any, step: Step) -> Any:
    """The relu was skipped.

    Why it is wrong: for a negative input its output is 0.
    In the numbers: the claim is the input.
    Example: relu(-2) written as -2.
    Instead: 0.
    """
    return step.operands[0]


@misconception("forward", Kind.VALUE, gates=("div",))
def forward_div_swapped(xp: Any, step: Step) -> Any:
    """Numerator and denominator changed places.

    Why it is wrong: a/b and b/a are different numbers.
    In the numbers: the claim is the reciprocal of the right value.
    Example: 6/2 written as 0.33.
    Instead: 3.
    """
    return step.operands[1] / step.operands[0]


@misconception("forward", Kind.VALUE, gates=("sub",))
def forward_sub_swapped(xp: Any, step: Step) -> Any:
    """The operands of the difference changed places.

    Why it is wrong: a - b and b - a differ in sign.
    In the numbers: the claim is minus the right value.
    Example: 5 - 2 written as -3.
    Instead: 3.
    """
    return step.operands[1] - step.operands[0]


@misconception("forward", Kind.VALUE, gates=("add",))
def forward_bias_forgotten(xp: Any, step: Step) -> Any:
    """One summand was left out.

    Why it is wrong: the sum has two operands.
    In the numbers: the claim is the other summand.
    Example: 4 + (-3) written as 4.
    Instead: 1.
    """
    return list(step.operands)


@misconception("forward", Kind.VALUE, gates=("log",))
def forward_log_base(xp: Any, step: Step) -> Any:
    """The logarithm was taken to base 10.

    Why it is wrong: log is the natural logarithm here.
    In the numbers: the claim is the right value divided by ln 10.
    Example: log 2 written as 0.30.
    Instead: 0.69.
    """
    return xp.log(step.operands[0]) / xp.log(xp.constant(10))
