"""A grid of characters on which wires are drawn as box lines, joined where one wire bends or branches."""

from collections import defaultdict
from unicodedata import combining, east_asian_width

_NORTH, _EAST, _SOUTH, _WEST = 1, 2, 4, 8
_LINES = {
    _NORTH: "│",
    _SOUTH: "│",
    _EAST: "─",
    _WEST: "─",
    _NORTH | _SOUTH: "│",
    _EAST | _WEST: "─",
    _EAST | _SOUTH: "┌",
    _WEST | _SOUTH: "┐",
    _EAST | _NORTH: "└",
    _WEST | _NORTH: "┘",
    _NORTH | _SOUTH | _EAST: "├",
    _NORTH | _SOUTH | _WEST: "┤",
    _EAST | _WEST | _SOUTH: "┬",
    _EAST | _WEST | _NORTH: "┴",
    _NORTH | _EAST | _SOUTH | _WEST: "┼",
}
#: Where two wires cross, one passes under the other; a joint is drawn with a corner or a branch.
_CROSSING = "│"


def width(text: str) -> int:
    """Columns that a terminal gives to `text`."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


class Canvas:
    """Cells by row and column. Text covers lines; lines of one wire join, those of two wires cross."""

    def __init__(self) -> None:
        self._text: dict[tuple[int, int], str] = {}
        self._lines: defaultdict[tuple[int, int], defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))

    def write(self, row: int, column: int, text: str) -> None:
        """Put `text` with its first character at a cell."""
        for char in text:
            if combining(char):
                continue
            self._text[row, column] = char
            if width(char) == 2:
                self._text[row, column + 1] = ""
            column += width(char)

    def across(self, wire: int, row: int, left: int, right: int) -> None:
        """A horizontal piece of a wire, both ends included."""
        for column in range(left, right):
            self._lines[row, column][wire] |= _EAST
            self._lines[row, column + 1][wire] |= _WEST

    def down(self, wire: int, column: int, top: int, bottom: int) -> None:
        """A vertical piece of a wire, both ends included."""
        for row in range(top, bottom):
            self._lines[row, column][wire] |= _SOUTH
            self._lines[row + 1, column][wire] |= _NORTH

    def lines(self) -> list[str]:
        """The drawing, row by row, without spaces at the ends."""
        cells = {place: self._line(wires) for place, wires in self._lines.items()} | self._text
        bottom = max(row for row, _ in cells)
        right = max(column for _, column in cells)
        rows = ("".join(cells.get((row, column), " ") for column in range(right + 1)) for row in range(bottom + 1))
        return [row.rstrip() for row in rows]

    @staticmethod
    def _line(wires: dict[int, int]) -> str:
        return _LINES[next(iter(wires.values()))] if len(wires) == 1 else _CROSSING
