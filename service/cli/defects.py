"""The last net: what nobody foresaw is a defect of chainrule, and says nothing about the documents."""

from pathlib import Path
from traceback import extract_tb


def defect(error: Exception) -> str:
    """A sentence for a bug report: what happened, and the line where it did."""
    last = extract_tb(error.__traceback__)[-1:]
    where = f" ({Path(last[0].filename).name}:{last[0].lineno})" if last else ""
    return f"a defect of chainrule, please report it with the document: {type(error).__name__}: {error}{where}"
