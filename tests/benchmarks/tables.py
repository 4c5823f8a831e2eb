"""The measured rows as tables in Markdown, and as JSON."""

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from .pairs import Paired
from .row import Row

HEADER = "| work | peer | ours | peer's | ratio | quartiles |\n|---|---|---|---|---|---|"


def markdown(rows: Sequence[Row]) -> str:
    """One table a group: CPU time a unit on either side, the median of the paired ratios and its quartiles."""
    groups = groupby(rows, key=lambda row: row.table)
    return "\n\n".join(f"{name}\n\n{HEADER}\n" + "\n".join(_lines(group)) for name, group in groups)


def _lines(group: Iterator[Row]) -> Iterator[str]:
    for row in group:
        for peer, measured in row.by_peer.items():
            yield f"| {row.work} | {peer} | {_figures(row, measured)} |"


def _figures(row: Row, measured: Paired | None) -> str:
    if measured is None:
        return "not installed | | | "
    low, ratio, high = measured.low, measured.ratio, measured.high
    if row.speedup:
        low, ratio, high = 1 / high, 1 / ratio, 1 / low
    said = f"{ratio:.2f}x the peer's {'speed' if row.speedup else 'time'}"
    return f"{_time(measured.ours / row.units)} | {_time(measured.peer / row.units)} | {said} | {low:.2f} .. {high:.2f}"


def _time(seconds: float) -> str:
    """A duration in the unit in which it reads best."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def record(rows: Sequence[Row]) -> dict[str, Any]:
    """Everything that was measured, and the kind of machine it was measured on."""
    machine = {"processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
    return {"machine": machine, "rows": [asdict(row) for row in rows]}
