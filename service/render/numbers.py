"""Numbers as drawings show them: short, and printed claims as they were written."""

from typing import Any

from ...schema.jsontypes import is_list, is_object
from ...schema.tensor import shape_of
from .words import cut

_DIGITS = 4
_LONGEST = 12
_MOST_ENTRIES = 3


def short(value: Any) -> str:
    """A value or gradient in a few characters: about four digits, strings as written, tensors by entry or by shape.

    >>> short(0.7310585786300049), short(-12), short("0.20"), short(1.5e-7), short([1, 2.5])
    ('0.7311', '-12', '0.20', '1.5e-7', '[1, 2.5]')
    """
    if is_list(value) or is_object(value):
        return _tensor(value)
    if isinstance(value, str):
        return cut(value, _LONGEST)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "?"}[value]
    return _number(value)


def _number(value: float) -> str:
    if isinstance(value, int) and abs(value) < 10**6:
        return str(value)
    mantissa, _, power = format(value + 0.0, f".{_DIGITS}g").partition("e")
    return f"{mantissa}e{int(power)}" if power else mantissa


def _tensor(value: Any) -> str:
    if is_list(value) and len(value) <= _MOST_ENTRIES and not any(is_list(entry) for entry in value):
        entries = f"[{', '.join(short(entry) for entry in value)}]"
        if len(entries) <= 2 * _LONGEST:
            return entries
    return f"<{' x '.join(str(size) for size in shape_of(value))}>"
