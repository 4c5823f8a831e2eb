"""Ties in graphs of large tensors: which named conventions a claim follows, entry by entry.

What is proved: nothing. Between the branches of a tie lie numbers that no choice of branches yields together; a claim
that is what one convention yields at every tie is taken for right, another between the branches is left open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...backward import CONVENTIONS, Pass
from ..claims import Claim
from ..layout import Floats
from ..nonfinite import Execution, sent
from ..verdict import Judgement, Verdict
from .clarke import Standing

FOLLOWS = Judgement(Verdict.CONSISTENT).because("kink-admissible")
OPEN = Judgement(Verdict.UNDECIDED).because("kink-admissible", "budget")
NO_DERIVATIVE = Judgement(Verdict.UNDECIDED).because("no-derivative")


@dataclass(frozen=True)
class Conventional:
    """The passes under every convention, made when the first claim hangs on a tie; `kinks` is the policy's."""

    execution: Execution
    kinks: str

    @cached_property
    def _passes(self) -> Mapping[str, Pass]:
        return {name: self.execution.under(name) for name in CONVENTIONS}

    def judged(
        self, claim: Claim, middle: Floats, allowed: Floats, choice: NDArray[np.bool_]
    ) -> tuple[list[tuple[NDArray[np.bool_], Judgement]], Standing]:
        """The judgements on the entries in `choice`, and how the claim stands to its ties.

        `allowed` is how far each entry may be from what a convention yields, printed digits included.
        """
        with np.errstate(all="ignore"):
            agrees = {
                name: np.abs(middle - np.ravel(np.asarray(sent(passed, claim), dtype=np.float64))) <= allowed
                for name, passed in self._passes.items()
            }
        follows = tuple(name for name, agreed in agrees.items() if bool(agreed[choice].all()))
        standing = Standing(int(np.count_nonzero(choice)), follows=follows)
        if self.kinks == "unique-only":
            return [(choice, NO_DERIVATIVE)], standing
        asked = self.kinks.removeprefix("convention:")
        heard = [agreed for name, agreed in agrees.items() if asked in (name, "any-subgradient", "clarke")]
        taken = choice & np.logical_or.reduce(heard)
        return [(taken, FOLLOWS), (choice & ~taken, OPEN)], standing
