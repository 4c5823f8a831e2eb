"""Numbers as sentences say them: as written where somebody wrote digits, to six digits where a machine did."""

from collections.abc import Iterator, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from math import prod
from typing import Any, cast

import numpy as np

from ..schema.grammar import read_decimal
from ..schema.jsontypes import is_list, is_object
from ..schema.number import exact
from ..schema.tensor import shape_of

_DIGITS = 6
_MOST_ENTRIES = 6

#: Wide enough for every decimal that a document can write.
_WIDE = Context(prec=2_000)


def amount(number: Any) -> str:
    """A number or tensor in words: text as it is, machine numbers to six digits, large tensors by their shape.

    >>> amount("0.20"), amount(-0.19661193324148188), amount(3.0), amount([1, 2.5])
    ('0.20', '-0.196612', '3', '[1, 2.5]')
    """
    if isinstance(number, np.ndarray):
        return _tensor(number.tolist(), np.shape(cast(Any, number)))
    if is_list(number) or is_object(number):
        return _tensor(number, shape_of(number))
    if number is None:
        return "?"
    return f"{number + 0.0:.{_DIGITS}g}" if isinstance(number, float) else str(number)


def beside(number: Decimal, claimed: Any) -> str:
    """A number next to a claim: with the digits that the claim prints, and with more where they would hide the gap.

    >>> beside(Decimal("-0.19661"), "0.20"), beside(Decimal("0.39322"), "0.39"), beside(Decimal("2"), 2.5)
    ('-0.20', '0.3932', '2')
    """
    against = exact(claimed, "float64")
    gap = abs(Fraction(number) - against) if isinstance(against, Fraction) else Fraction(1)
    texts = (text for text in _ever_longer(number, claimed) if Decimal(text) != 0 or number == 0)
    return next((text for text in texts if 2 * abs(Fraction(text) - Fraction(number)) <= gap), str(number))


def times(first: str, second: str) -> str:
    """A product of two amounts as people write it: `-1 × 0.20`, `2 × (-3)`."""
    return f"{first} × {bracketed(second)}"


def bracketed(text: str) -> str:
    """An amount where a sign in front would run into an operator."""
    return f"({text})" if text.startswith("-") else text


def counted(count: int, one: str, several: str | None = None) -> str:
    """A number of things: `1 gate`, `3 gates`."""
    return f"{count} {one if count == 1 else several or one + 's'}"


def rough(size: float) -> str:
    """A size to two digits.

    >>> rough(1.36), rough(79.3), rough(7412.0), rough(4.46e15)
    ('1.4', '79', '7,400', '4.5e+15')
    """
    return f"{float(f'{size:.2g}'):,.0f}" if 10 <= size < 1e6 else f"{size:.2g}"


def _ever_longer(number: Decimal, claimed: Any) -> Iterator[str]:
    printed = read_decimal(claimed) if isinstance(claimed, str) else None
    if printed is not None and printed.exponent <= 0:
        yield f"{number.quantize(Decimal(1).scaleb(printed.exponent), context=_WIDE):f}"
    for digits in (4, 9, 12, 17) if printed else (_DIGITS, 9, 12, 17):
        yield _plain(Decimal(f"{number:.{digits}g}").normalize())


def _plain(number: Decimal) -> str:
    return f"{number:f}" if number == 0 or -7 < number.adjusted() < 17 else str(number).lower().replace("e+", "e")


def _tensor(entries: Any, shape: Sequence[int]) -> str:
    if is_object(entries) or not 0 < prod(shape) <= _MOST_ENTRIES:
        return f"a tensor of shape {list(shape)}"
    return "[" + ", ".join(amount(entry) for entry in entries) + "]"
