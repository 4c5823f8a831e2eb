"""`chainrule annotate`: every value and every gradient, written into the document."""

from ...engine import annotate
from ...schema import Document
from ..sources import Source
from .inputs import inputs
from .options import Destination, Expression, InPlace, Kinks, Output, Sources
from .reading import graph_of
from .rewriting import rewrite


def run(
    *sources: Sources,
    expr: Expression = None,
    kinks: Kinks = "zero",
    output: Output = "text",
    out: Destination = None,
    in_place: InPlace = False,
) -> int:
    """Fill in every value and every gradient, and print the documents.

    Claims that a document makes already are replaced; verify judges them.

    For example:

    chainrule annotate --expr "1/(1+exp(-(w0*x0+w1*x1+w2)))" w0=2 x0=-1 w1=-3 x1=-2 w2=-3
    """

    def change(source: Source) -> Document:
        return annotate(graph_of(source), kinks=kinks)

    return rewrite(inputs("annotate", sources, expr), change, form=output, destination=out, in_place=in_place)
