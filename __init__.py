"""chainrule: computational graphs as versioned documents, with values and gradients, verified.

    >>> import chainrule as cr
    >>> graph = cr.parse("f = (x + y) * z", x=-2, y=5, z=-4)
    >>> cr.backward(graph).grads["x"]
    -4.0
    >>> cr.verify(cr.annotate(graph)).verdict
    {'local': 'proved', 'global': 'proved'}

Functions that take a document take it in any form: a path, the bytes of a file, a mapping, or a `Document`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine.catalogue import ops
    from .schema import Document, errors
    from .schema.jsonschema import json_schema
    from .service.grading.library import grade, lint, regrade
    from .service.interop.lower import lower
    from .service.interop.onnx import from_onnx
    from .service.library import (
        annotate,
        backward,
        check,
        collapse,
        draw,
        dump,
        expand,
        explain,
        format,  # noqa: A004 the twin of the command of that name
        forward,
        load,
        parse,
        verify,
    )

__version__ = "0.1.0"

#: Name -> the module that has it. Imported at first use, so that the command line starts fast.
_HOME = {
    "Document": "schema",
    "errors": "schema",
    "json_schema": "schema.jsonschema",
    "from_onnx": "service.interop.onnx",
    "lower": "service.interop.lower",
    "ops": "engine.catalogue",
    **dict.fromkeys(("grade", "lint", "regrade"), "service.grading.library"),
    **dict.fromkeys(
        (
            "annotate",
            "backward",
            "check",
            "collapse",
            "draw",
            "dump",
            "expand",
            "explain",
            "format",
            "forward",
            "load",
            "parse",
            "verify",
        ),
        "service.library",
    ),
}

__all__ = [
    "Document",
    "__version__",
    "annotate",
    "backward",
    "check",
    "collapse",
    "draw",
    "dump",
    "errors",
    "expand",
    "explain",
    "format",
    "forward",
    "from_onnx",
    "grade",
    "json_schema",
    "lint",
    "load",
    "lower",
    "ops",
    "parse",
    "regrade",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Found once, it is found the next time without this function.
    found = globals()[name] = getattr(import_module(f".{_HOME[name]}", __name__), name)
    return found


def __dir__() -> list[str]:
    return __all__
