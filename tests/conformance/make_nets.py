"""Writes fixtures/nets: small networks with the engine's value and gradient on every wire.

Run it from the root of the repository: ``python -m tests.conformance.make_nets``.
"""

from chainrule.engine.annotate import annotate
from chainrule.schema import dump

from .documents import FIXTURES, write
from .nets import NETS

FOLDER = FIXTURES / "nets"


def made() -> dict[str, bytes]:
    """Every network by name, as a document; ties follow torch's convention, so that torch can be asked."""
    fields = ("value", "grad")
    return {name: dump(annotate(net(), kinks="torch", fields=fields)) for name, net in NETS.items()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    write({FOLDER / f"{name}.cr.json": text for name, text in made().items()})
