"""The policy of a verification: what counts, how much work it may cost, and which methods are heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from ...schema import UsageError
from ..backward import CONVENTIONS
from .budget import Budget

Judge = Literal["both", "local", "global"]

SIDES: tuple[Judge, ...] = ("both", "local", "global")

#: What may be demanded of a claim where there is no derivative; `clarke` is another name of the first.
KINKS = ("any-subgradient", "clarke", "unique-only", *(f"convention:{name}" for name in CONVENTIONS))

#: The methods that can be asked for alone.
METHODS = ("local", "balls", "complex-step", "finite-difference", "rule-free")


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work one document may cost, counted and not timed, so that verdicts do not depend on the machine.

    Documents of up to `operations` scalar operations and `numbers` claimed numbers are shown to the referee whole,
    larger ones where something is disputed. `probes` of the complex step; `rule_free`: leaf entries that are proved
    without rules.
    """

    name: str
    operations: int
    numbers: int
    probes: int
    rule_free: int


EFFORTS: Mapping[str, Effort] = MappingProxyType(
    {
        "quick": Effort("quick", operations=256, numbers=256, probes=1, rule_free=0),
        "standard": Effort("standard", operations=4096, numbers=4096, probes=2, rule_free=0),
        "thorough": Effort("thorough", operations=100_000, numbers=400_000, probes=8, rule_free=256),
    }
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What was asked for; all of it stands in the report.

    `judge` decides the overall verdict. `kinks`: any-subgradient, unique-only, or convention:NAME. `method` hears one
    method alone. `seeds`: output id -> the seed that the task asks for, where a document might state another.
    `probe_seed` repeats the probes of an earlier report; `key` is the secret that new ones are drawn with. `budget`
    limits the run beyond the effort: with milliseconds in it, what is left undecided depends on the machine.
    """

    judge: Judge = "both"
    kinks: str = "any-subgradient"
    effort: str = "standard"
    method: str | None = None
    seeds: Mapping[str, Any] = field(default_factory=dict[str, Any])
    probe_seed: str | None = None
    budget: Budget | None = None
    key: bytes = b"chainrule"

    def __post_init__(self) -> None:
        if self.judge not in SIDES:
            raise UsageError(f"there is no side {self.judge!r} to judge by; there are {', '.join(SIDES)}")
        if self.kinks not in KINKS:
            raise UsageError(f"no policy at kinks is called {self.kinks!r}; there are {', '.join(KINKS)}")
        if self.effort not in EFFORTS:
            raise UsageError(f"no effort is called {self.effort!r}; there are {', '.join(EFFORTS)}")
        if self.method is not None and self.method not in METHODS:
            raise UsageError(f"no method is called {self.method!r}; there are {', '.join(METHODS)}")

    @property
    def limits(self) -> Effort:
        """The effort's figures."""
        return EFFORTS[self.effort]

    @property
    def counts(self) -> Judge:
        """The side that decides: a method that is heard alone speaks of one only."""
        if self.method is None:
            return self.judge
        return "local" if self.method == "local" else "global"

    def hears(self, method: str) -> bool:
        """True if this method is to be heard."""
        return self.method in (None, method)

    def written(self) -> dict[str, Any]:
        """The policy as reports state it; never the key."""
        asked = {"method": self.method} if self.method else {}
        seeds = {"seeds": dict(self.seeds)} if self.seeds else {}
        budget = {"budget": self.budget.written()} if self.budget is not None else {}
        return {"judge": self.counts, "kinks": self.kinks, "effort": self.effort, **asked, **seeds, **budget}


#: What is done unless something else is asked for.
STANDARD = Policy()
