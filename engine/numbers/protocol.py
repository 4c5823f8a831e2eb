"""What every number system offers to a rule, besides Python's + - * / and abs."""

from typing import Any, Protocol


class Undecided(ArithmeticError):
    """A comparison that the numbers cannot decide: an enclosure straddles the kink."""


class Outside(ArithmeticError):
    """The result is no number of this system: an irrational among rationals, or a pole."""


class System(Protocol):
    """Functions on the numbers of one system. Numbers are whatever the system computes with."""

    def constant(self, number: int) -> Any:
        """An integer as a number of this system."""
        ...

    def square(self, x: Any) -> Any: ...

    def sqrt(self, x: Any) -> Any: ...

    def exp(self, x: Any) -> Any: ...

    def log(self, x: Any) -> Any: ...

    def sin(self, x: Any) -> Any: ...

    def cos(self, x: Any) -> Any: ...

    def tanh(self, x: Any) -> Any: ...

    def sigmoid(self, x: Any) -> Any:
        """1 / (1 + exp(-x)); float kernels do not overflow where the result is a number."""
        ...

    def pow(self, base: Any, exponent: Any) -> Any: ...

    def power_slope(self, base: Any, exponent: Any) -> Any:
        """exponent * base ** (exponent - 1); 0 where the exponent is 0, whatever the base."""
        ...

    def exponent_slope(self, base: Any, power: Any) -> Any:
        """power * log(base), and 0 at base 0 where the power is finite.

        None or NaN where the base is negative, so that the other slope still stands.
        """
        ...

    def maximum(self, a: Any, b: Any) -> Any: ...

    def minimum(self, a: Any, b: Any) -> Any: ...

    def side(self, guard: Any, below: int, above: int) -> Any:
        """`below` where guard < 0, `above` where guard > 0; at 0 the system's share between them."""
        ...
