"""What a student wrote in one place: a claim, nothing, or something that is no number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...engine.printed.circuit import Cell
from ...engine.printed.claim import Printed


@dataclass(frozen=True)
class Written:
    """One entry of a submission; `claim` is None where nothing could be read, `refusal` then says why, or is None."""

    raw: str
    claim: Printed | None = None
    refusal: str | None = None


@dataclass(frozen=True)
class Submission:
    """All that was handed in by one student, read; `problems` are why it cannot be graded at all."""

    document: str
    carrier: str
    by: str | None = None
    written: Mapping[Cell, Written] = field(default_factory=dict[Cell, Written])
    ignored: tuple[Mapping[str, Any], ...] = ()
    problems: tuple[Mapping[str, Any], ...] = ()
