"""A hand-made op set for tests: what is published, and ops of every form that an entry can have."""

from types import MappingProxyType

import pytest

from chainrule.schema import canonical_node
from chainrule.schema.opset import Attribute, OpEntry, core_ops
from chainrule.schema.stages import ops, plain, vocabulary

#: An op with an attribute of each type.
ATTRIBUTES = {
    "axis": Attribute("int", default=-1),
    "epsilon": Attribute("real", default="1e-6"),
    "factor": Attribute("real", default=0.5),
    "keepdims": Attribute("bool", default=False),
    "reduction": Attribute("string", default="mean", values=("mean", "sum", "none")),
    "axes": Attribute("ints"),
    "weights": Attribute("reals", default=[1, "1/2"]),
    "shape": Attribute("shape", required=True),
    "to": Attribute("dtype", default="float32"),
}

MORE = {
    "made": OpEntry("made", attrs=ATTRIBUTES),
    "pair": OpEntry("pair", outputs=2),
    "cut": OpEntry("cut", outputs="sizes", attrs={"sizes": Attribute("ints", required=True)}),
    "young": OpEntry("young", since=2),
}


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the reader have these ops as well."""
    entries = MappingProxyType({**core_ops(), **MORE})
    for module in (canonical_node, ops, plain, vocabulary):
        monkeypatch.setattr(module, "core_ops", lambda: entries)
