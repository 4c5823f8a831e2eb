"""The text of an expression: offsets, lines, columns, and the line with a caret."""

import re
from bisect import bisect_right
from typing import NamedTuple

#: Signs that people paste from slides; each becomes one ASCII character, so offsets stay.
TYPESET = str.maketrans({"\u2212": "-", "\u00d7": "*", "\u00b7": "*", "\u00f7": "/"})

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_WIDEST_EXCERPT = 100


class Span(NamedTuple):
    """Character offsets into the text, 0-based, the end exclusive."""

    start: int
    end: int


def line_starts(text: str) -> list[int]:
    """Offset of the first character of every line."""
    return [0, *(match.end() for match in _LINE_BREAK.finditer(text))]


class Source:
    """A text as its author wrote it, and the same with typeset signs as ASCII."""

    def __init__(self, text: str) -> None:
        self.written = text
        self.text = text.translate(TYPESET)
        self._starts = line_starts(text)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def excerpt(self, span: Span) -> str:
        """The line where `span` starts, as written, and carets under the span."""
        line, column = self.position(span.start)
        start = self._starts[line - 1]
        content = _LINE_BREAK.split(self.written[start:], maxsplit=1)[0]
        left = max(0, column - 1 - _WIDEST_EXCERPT // 2)
        shown = content[left : left + _WIDEST_EXCERPT]
        shown = "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in shown)
        before = "".join("\t" if char == "\t" else " " for char in shown[: column - 1 - left])
        width = max(1, min(span.end - span.start, len(shown) - len(before)))
        return f"    {shown}\n    {before}{'^' * width}"
