"""SVG elements as text. Whatever comes from a document passes through `escaped`."""

from html import escape

from .words import printable


def escaped(text: str) -> str:
    """`text` as XML character data without control signs."""
    return escape(printable(text))


def element(tag: str, *children: str, **attributes: str | float) -> str:
    """An element with attributes (`font_size` for font-size) and children that are elements or escaped text."""
    given = "".join(f' {name.replace("_", "-")}="{_written(value)}"' for name, value in attributes.items())
    return f"<{tag}{given}>{''.join(children)}</{tag}>" if children else f"<{tag}{given}/>"


def pixels(value: float) -> str:
    """A length or coordinate to a tenth of a pixel."""
    return f"{round(value, 1):g}"


def _written(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else pixels(value)
