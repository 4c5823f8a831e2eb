"""Text from a document as a drawing can hold it: no control signs, no endless labels."""

_UNPRINTABLE = "\ufffd"


def cut(text: str, longest: int) -> str:
    """`text` in at most `longest` characters, the end replaced by an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def printable(text: str) -> str:
    """`text` with everything that could move the pen, control signs and bidirectional marks, made visible."""
    return "".join(char if char.isprintable() else _UNPRINTABLE for char in text)
