"""Evidence: what one method says of one claim, and what it takes for granted (verification.md 16)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from ..shape import index_of
from .claims import Claim
from .decimals import nearby
from .differences.estimates import Difference
from .verdict import Verdict

#: What each method trusts. Agreement of two methods that trust the same rule counts once.
TRUSTS: Mapping[str, tuple[str, ...]] = {
    "local": ("forward-rules", "vjp-rules", "libm-table"),
    "exact": ("forward-rules", "vjp-rules"),
    "balls": ("forward-rules", "vjp-rules", "flint"),
    "recomputation": ("forward-rules", "vjp-rules", "libm-table"),
    "complex-step": ("forward-rules", "complex-kernels", "libm-table"),
    "finite-difference": ("forward-rules", "noise-model"),
    "rule-free": ("forward-rules", "flint-analytic"),
}

Says = Literal["for", "against", "silent"]


class Details(Mapping[str, Any]):
    """A method's numbers that are made when somebody looks at them."""

    def __init__(self, make: Callable[[], Mapping[str, Any]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Mapping[str, Any]:
        return self._make()

    def __getitem__(self, name: str) -> Any:
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One method's word on one claim; `details` are its numbers, by the names that reports use."""

    method: str
    says: Says
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def trusts(self) -> tuple[str, ...]:
        """What the method takes for granted."""
        return TRUSTS[self.method]


def from_opinion(method: str, verdict: Verdict, details: Mapping[str, Any] | None = None) -> Evidence:
    """The word of a method whose opinion is a verdict."""
    says: Says = "for"
    if verdict is Verdict.REFUTED:
        says = "against"
    elif verdict is Verdict.UNDECIDED:
        says = "silent"
    return Evidence(method, says, {} if details is None else details)


def from_difference(claim: Claim, seen: Difference) -> Evidence:
    """What differences say of the claim on a leaf's gradient; silent where their bar says too little."""
    details: dict[str, Any] = {"ladder": seen.ladder, "points": seen.points}
    if claim.shape:
        details["index"] = index_of(seen.entry, claim.shape)
    if seen.because is not None:
        return Evidence("finite-difference", "silent", details | {"because": seen.because})
    return Evidence("finite-difference", _says(claim, seen), details | {"value": seen.value, "bar": seen.bar})


def most_against(heard: Sequence[Evidence]) -> Evidence:
    """Of one method's words on the entries of a tensor the one that speaks most against the claim."""
    return max(heard, key=_weight)


def _weight(evidence: Evidence) -> int:
    return ("silent", "for", "against").index(evidence.says)


def _says(claim: Claim, seen: Difference) -> Says:
    claimed = claim.set_of(seen.entry)
    if claimed is None:
        return "silent"
    low, high = nearby(claimed.low), nearby(claimed.high)
    distance = max(low - seen.value, seen.value - high, 0.0)
    if distance > 2 * seen.bar:
        return "against"
    near = distance <= seen.bar and seen.bar <= max(abs(low + high) / 2**11, (high - low) / 2)
    return "for" if near else "silent"
