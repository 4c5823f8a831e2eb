"""The findings of one document: one by one for what was judged one by one, made on demand for what was settled in bulk.

A large document mostly holds numbers that arrays find within their bounds. Such a claim is settled: it needs no object
until somebody asks for it. All others are open: each has a finding of its own from the moment it is opened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import overload

from .claims import Claim, Key
from .columns import Columns
from .evidence import Evidence
from .findings import Finding, Opinion
from .verdict import Verdict

#: What one method has to say of a claim; None where it does not look at it.
Word = Callable[[Claim], "Evidence | None"]

#: The finding of a claim that was settled in bulk.
Settled = Callable[[int], Finding]


class Ledger(Sequence[Finding]):
    """Every claim's finding, in the order of the document; `opened` are those that were judged one by one."""

    #: What stands on a claim that was settled in bulk; needed from the moment on that one is.
    settled: Settled

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._open: dict[int, Finding] = {}
        self._words: list[Word] = []

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._open.get(index) or self._heard(self.settled(index))

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def opened(self) -> list[Finding]:
        """The findings of all open claims, in the order of the document."""
        return [self._open[k] for k in sorted(self._open)]

    def open(self, places: Iterable[int]) -> list[Finding]:
        """Findings of their own for these claims, without any opinion yet; those that are new."""
        new = [k for k in places if k not in self._open]
        for k in new:
            self._open[k] = Finding(self.columns[k])
        return [self._open[k] for k in new]

    def reopen(self, k: int) -> Finding:
        """A settled claim that something speaks against: its finding as it stands, from now on its own."""
        if k not in self._open:
            self._open[k] = self[k]
        return self._open[k]

    def hear(self, word: Word) -> None:
        """Hear one method on every claim: now on the open ones, on the others when they are asked for."""
        self._words.append(word)
        for finding in self._open.values():
            _append(finding, word)

    def find(self, key: Key) -> int | None:
        """The place of a claim; None where nothing is claimed."""
        return self.columns.find(key)

    def place(self, key: Key) -> int:
        """The place of a claim that there is."""
        k = self.find(key)
        assert k is not None
        return k

    def is_settled(self, key: Key) -> bool:
        """True if this is claimed, and was settled in bulk."""
        k = self.find(key)
        return k is not None and k not in self._open

    def _heard(self, finding: Finding) -> Finding:
        for word in self._words:
            _append(finding, word)
        return finding


def opened(findings: Sequence[Finding]) -> Sequence[Finding]:
    """The findings that may hold more than agreement; those that were settled in bulk do not."""
    return findings.opened if isinstance(findings, Ledger) else findings


def counts(findings: Sequence[Finding], side: str) -> Counter[str]:
    """Claims per verdict, on the side `local` or `overall`."""
    one_by_one = opened(findings)
    found = Counter(getattr(finding, side).verdict.value for finding in one_by_one)
    found[Verdict.CONSISTENT.value] += len(findings) - len(one_by_one)
    return +found


def in_bulk(count: int) -> Opinion:
    """The opinion on a claim whose entries all lie within their bounds."""
    return Opinion(bulk=count)


def _append(finding: Finding, word: Word) -> None:
    said = word(finding.claim)
    if said is not None:
        finding.evidence.append(said)
