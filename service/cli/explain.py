"""`chainrule explain`: how a wire comes by its value and its gradient."""

from ...schema import UsageError
from ..explain import explain
from ..sources import Source
from . import exits
from .each import each
from .inputs import inputs
from .options import Expression, Sources
from .reading import graph_of, named


def run(*sources: Sources, expr: Expression = None) -> int:
    """Tell how a wire comes by its gradient: local × upstream = downstream for every branch, in words.

    The last argument is the id of the node; with --expr, the one that is not NAME=VALUE.

    For example:

    chainrule explain --expr "f = (x + y) * z" x=-2 y=5 z=-4 x
    """
    names = [argument for argument in sources if "=" not in argument] if expr is not None else list(sources[1:])
    if not names:
        raise UsageError("explain needs a node at the end, as in chainrule explain circuit.cr.json x")
    node = names[-1]
    place = len(sources) - 1 - sources[::-1].index(node)
    rest = (*sources[:place], *sources[place + 1 :])

    def work(source: Source) -> int:
        with named(source.name):
            told = explain(graph_of(source), node)
        print(f"{source.name}:\n{told}" if source.many else told, end="")
        return exits.NOTHING_AGAINST

    return each(inputs("explain", rest, expr), work)
