"""A circuit as SVG: one self-contained file without script, style sheet, font or link; all text escaped."""

from collections.abc import Sequence

from .circuit import Gate
from .elements import element, escaped, pixels
from .geometry import MARGIN, SPACING, columns_of, text_width
from .glyphs import QUIET, gates, text
from .layout import laid_out
from .strokes import wires

_FAMILY = "Helvetica, Arial, sans-serif"
_NOTE_FONT = 13
_LINE = 20


def draw_svg(drawn: Sequence[Gate], title: str, description: str, notes: Sequence[str]) -> str:
    """The circuit as the text of an SVG file; `notes` stand below the picture, a line each."""
    layers = laid_out(drawn, SPACING)
    columns = columns_of(layers)
    bottom = MARGIN + max(item.y + SPACING.half(item) for layer in layers for item in layer)
    width = MARGIN + max([columns[-1].turn, *(MARGIN + text_width(note, _NOTE_FONT) for note in notes)])
    height = bottom + _LINE * len(notes) + MARGIN
    lines = [text(MARGIN, bottom + _LINE * place, note, QUIET, _NOTE_FONT) for place, note in enumerate(notes, 1)]
    parts = [
        element("title", escaped(title)),
        element("desc", escaped(description)),
        element("rect", width=width, height=height, fill="#ffffff"),
        *wires(layers, columns),
        *gates(layers, columns),
        *lines,
    ]
    return _document("\n".join(parts), width, height)


def _document(content: str, width: float, height: float) -> str:
    box = f"0 0 {pixels(width)} {pixels(height)}"
    size = {"viewBox": box, "width": width, "height": height}
    namespace = "http://www.w3.org/2000/svg"
    return element("svg", f"\n{content}\n", xmlns=namespace, role="img", **size, font_family=_FAMILY) + "\n"
