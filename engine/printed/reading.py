"""How a sheet is read: which way digits were dropped, how many are asked for, what scratch paper may have rounded."""

from dataclasses import dataclass, field
from fractions import Fraction

from flint import fmpq

from ..numbers.work import Scratch
from .claim import Direction, Form

#: Decimals to which the numbers behind a claim of too few digits are known, where no rule asks for decimals.
USUAL_DECIMALS = 2


@dataclass(frozen=True)
class Reading:
    """One way to read all numbers of a sheet."""

    direction: Direction = "nearest"
    form: Form = field(default_factory=Form)
    scratch: Scratch = field(default_factory=Scratch)
    #: Missing numbers are replaced by what follows from those that are there.
    elide: bool = True
    #: The upper branch's share at a kink, by op, where one convention is demanded; None: every share is right.
    shares: dict[str, Fraction] | None = None

    @property
    def padding(self) -> int:
        """Decimals to which a claim of too few digits is read with its zeros."""
        return USUAL_DECIMALS if self.form.decimals is None else self.form.decimals

    @property
    def slack(self) -> fmpq:
        """How far the number behind a claim of too few digits may be from its predicted set."""
        unit = fmpq(10) ** -self.padding
        return unit / 2 if self.direction in ("nearest", "exact") else unit
