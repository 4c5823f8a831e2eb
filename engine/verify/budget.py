"""A budget that a caller may ask for, and what every method of one verification has used.

Work is counted by the policy's effort whether or not anybody asks for a budget; a budget is a second limit, of
milliseconds, evaluations and memory. It is asked between methods and between blocks of claims, so that it is overrun by
one of these at most. An evaluation is one pass over the whole graph, in any numbers; a batch of columns counts each.
A method is counted as what it plans; how long it looks for who is wrong follows from what it finds, and is time alone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from ...schema import UsageError

#: Bytes of one entry of one column: a number, and how far rounding may have moved it.
BYTES = 16

#: Claims between two looks at the budget.
BLOCK = 64

_PART = re.compile(r"\s*([a-z]+)\s*=\s*([0-9]+)\s*")


@dataclass(frozen=True, slots=True)
class Budget:
    """At most so many milliseconds, evaluations, and bytes of arrays at once; None where nothing is asked."""

    milliseconds: int | None = None
    evaluations: int | None = None
    memory: int | None = None

    @classmethod
    def read(cls, text: str) -> Budget:
        """`milliseconds=500,evaluations=100,memory=64000000`, any of them; UsageError for anything else."""
        found: dict[str, int] = {}
        for part in text.split(","):
            match = _PART.fullmatch(part)
            if match is None or match[1] not in NAMES or match[1] in found:
                raise UsageError(
                    f"{part.strip()!r} is no part of a budget: write NAME=NUMBER, each name once; "
                    f"the names are {', '.join(NAMES)}"
                )
            found[match[1]] = int(match[2])
        return cls(**found)

    def written(self) -> dict[str, int]:
        """What was asked for, as reports state it."""
        return {name: number for name, number in asdict(self).items() if number is not None}


NAMES = tuple(Budget.__dataclass_fields__)


@dataclass(slots=True)
class Used:
    """What one method has used."""

    evaluations: int = 0
    seconds: float = 0.0


class Spending:
    """What is left of a budget; without one there is always enough."""

    def __init__(self, budget: Budget | None, numbers: int) -> None:
        self._budget, self._numbers = budget, numbers
        self._began = time.perf_counter()
        self.used: dict[str, Used] = {}

    def allows(self, evaluations: int = 0, columns: int = 1) -> bool:
        """True if so many evaluations, of so many columns at once, are within what is left."""
        budget = self._budget
        if budget is None:
            return True
        spent = sum(used.evaluations for used in self.used.values())
        passed = 1000 * (time.perf_counter() - self._began)
        return (
            (budget.milliseconds is None or passed < budget.milliseconds)
            and (budget.evaluations is None or spent + evaluations <= budget.evaluations)
            and (budget.memory is None or BYTES * columns * self._numbers <= budget.memory)
        )

    @contextmanager
    def on(self, method: str, evaluations: int = 0) -> Generator[None]:
        """Count what is done here as a method's: so many evaluations, and its time."""
        used, began = self.used.setdefault(method, Used()), time.perf_counter()
        used.evaluations += evaluations
        try:
            yield
        finally:
            used.seconds += time.perf_counter() - began

    def report(self) -> dict[str, dict[str, float]]:
        """Evaluations by method; milliseconds only where a budget was asked for, for no two runs take the same."""
        return {
            method: {
                "evaluations": used.evaluations,
                **({} if self._budget is None else {"milliseconds": round(1000 * used.seconds, 3)}),
            }
            for method, used in self.used.items()
        }
