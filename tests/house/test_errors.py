"""The exceptions that the package raises are one tree, drawn in the docstring of schema/errors.py."""

import importlib
import re
from collections.abc import Iterator

from .sources import modules, needs

LIMB = re.compile(r"^(?P<limb>[\s│├└─|+`*-]*)(?P<name>[A-Z]\w+)")


def drawn(docstring: str, root: str) -> dict[str, str]:
    """Name -> parent of every exception in the drawing; deeper is further to the right."""
    parents: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for depth, name in _limbs(docstring, root):
        above = [(column, other) for column, other in above if column < depth]
        parents[name] = above[-1][1] if above else ""
        above.append((depth, name))
    return parents


def _limbs(docstring: str, root: str) -> Iterator[tuple[int, str]]:
    lines = docstring.splitlines()
    start = next(number for number, line in enumerate(lines) if line.split()[:1] == [root])
    for line in lines[start:]:
        limb = LIMB.match(line)
        if limb is None:
            return
        yield limb.start("name"), limb["name"]


def subclasses(of: type) -> Iterator[type]:
    for child in of.__subclasses__():
        yield child
        yield from subclasses(child)


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    needs("schema/errors.py")
    errors = importlib.import_module("chainrule.schema.errors")
    modules()  # every module is imported, so every subclass is there
    ours = [kind for kind in subclasses(errors.ChainruleError) if kind.__module__.startswith("chainrule.")]
    assert len(ours) > 1
    real = {kind.__name__: kind.__mro__[1].__name__ for kind in ours}
    assert drawn(errors.__doc__, "ChainruleError") == {"ChainruleError": "", **real}


def test_a_drawing_is_read_limb_by_limb() -> None:
    drawing = """What can go wrong.

    Root            of all
    ├── Left        reading
    │   └── Leaf    deeper
    └── Right

    Unrelated words.
    """
    assert drawn(drawing, "Root") == {"Root": "", "Left": "Root", "Leaf": "Left", "Right": "Root"}
