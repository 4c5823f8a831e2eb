"""Tables: aligned text, or rich's where somebody looks at a terminal."""

import sys
from collections.abc import Sequence
from shutil import get_terminal_size


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], *, terminal: bool | None = None) -> str:
    """The rows under their headers, for standard output; `terminal` says whether that is one (asked if left out)."""
    if sys.stdout.isatty() if terminal is None else terminal:
        return _styled(headers, rows)
    return aligned([headers, *rows])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """The rows with their columns one beneath the other, two blanks between them.

    >>> print(aligned([("op", "pattern"), ("maximum", "router")]))
    op       pattern
    maximum  router
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ([cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows)
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


def markdown(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The rows as a table of Markdown.

    >>> print(markdown(["op"], [["add"]]))
    | op |
    |---|
    | add |
    """
    lines = [headers, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    first, *rest = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([first, "|" + "---|" * len(headers), *rest])


_WIDE = 10_000

#: The colour of a row by its last cell.
_STYLES = {"refuted": "red", "unreadable": "red", "undecided": "yellow", "proved": "green", "consistent": "green"}


def _styled(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    # Rich costs as much time as a small verification: only a terminal is worth it.
    from io import StringIO

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Column, Table
    from rich.text import Text

    # The first column names what a row is about: it stays in one piece for whoever copies it.
    first, *others = headers
    columns = (Column(header, overflow="fold") for header in others)
    drawn = Table(Column(first, no_wrap=True), *columns, box=SIMPLE_HEAD, pad_edge=False)
    width = get_terminal_size().columns
    for row in rows if _width([headers, *rows]) <= width else _folded(rows):
        drawn.add_row(*map(Text, row), style=_STYLES.get(row[-1]))
    console = Console(file=StringIO(), force_terminal=True, width=_WIDE)
    # Words are not broken: a table that needs more for them runs over.
    console.width = max(width, Measurement.get(console, console.options, drawn).minimum)
    console.print(drawn)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue().rstrip("\n")


def _width(rows: Sequence[Sequence[str]]) -> int:
    """About how many columns a table takes in which nothing is folded."""
    return sum(max(map(len, column)) + 3 for column in zip(*rows, strict=True))


def _folded(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """What is joined in a cell, a line each."""
    return [[cell.replace("; ", "\n") for cell in row] for row in rows]
