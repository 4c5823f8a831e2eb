"""`chainrule format`: nodes in order, one a line."""

import gzip
from typing import Annotated, BinaryIO

from cyclopts import Parameter

from ...schema import Document, UsageError, dump
from ...schema import canonical as canonical_bytes
from ..ordering import in_canonical_order, read_in_any_order
from ..sources import Source
from . import exits
from .each import each
from .inputs import inputs
from .options import Destination, Expression, InPlace, Output, Sources
from .rewriting import opened, rewrite


def run(
    *sources: Sources,
    expr: Expression = None,
    check: Annotated[
        bool, Parameter(negative="", help="Change nothing; say what would change, and exit with 1.")
    ] = False,
    canonical: Annotated[
        bool, Parameter(negative="", help="Write the canonical bytes, those that digests are taken of.")
    ] = False,
    output: Output = "text",
    out: Destination = None,
    in_place: InPlace = False,
) -> int:
    """Sort the nodes (operands before their gates, by level, then by id) and write one node a line.

    A document whose only fault is the order of its nodes is read and mended. Numbers stay as they were written.

    For example:

    chainrule format --check circuits/
    """
    given = inputs("format", sources, expr)
    if check + canonical + in_place > 1:
        raise UsageError("--check, --canonical and -i do different things: give one of them")
    if check:
        return each(given, _check)
    if canonical:
        with opened(out) as stream:
            return each(given, lambda source: _write(stream, source))
    return rewrite(given, _formatted, form=output, destination=out, in_place=in_place)


def _formatted(source: Source) -> Document:
    return in_canonical_order(read_in_any_order(source.data, source=source.name))


def _check(source: Source) -> int:
    packed = source.data.startswith(b"\x1f\x8b")
    if dump(_formatted(source)) == (gzip.decompress(source.data) if packed else source.data):
        return exits.NOTHING_AGAINST
    print(f"{source.name}: would change")
    return exits.REFUTED


def _write(stream: BinaryIO, source: Source) -> int:
    stream.write(canonical_bytes(_formatted(source)) + (b"\n" if source.many else b""))
    return exits.NOTHING_AGAINST
