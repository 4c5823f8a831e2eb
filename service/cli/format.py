"""`chainrule format`: operands before their gates, one node a line."""

import gzip
from typing import Annotated, BinaryIO

from cyclopts import Parameter

from ...schema import Document, UsageError, dump
from ...schema import canonical as canonical_bytes
from ..ordering import in_canonical_order, read_in_any_order
from ..sources import PACKED, Source
from . import exits
from .each import each
from .inputs import inputs
from .options import Destination, Expression, InPlace, Output, Sources
from .rewriting import Change, opened, rewrite


def run(
    *sources: Sources,
    expr: Expression = None,
    check: Annotated[
        bool, Parameter(negative="", help="Change nothing; say what would change, and exit with 1.")
    ] = False,
    sort: Annotated[
        bool, Parameter(negative="", help="Order the nodes by level, then by id, whatever their order is.")
    ] = False,
    canonical: Annotated[
        bool, Parameter(negative="", help="Write the canonical bytes, those that digests are taken of.")
    ] = False,
    output: Output = "text",
    out: Destination = None,
    in_place: InPlace = False,
) -> int:
    """Write one node a line, operands before their gates; a document in such an order keeps its own.

    A document whose only fault is the order of its nodes is read and mended. Numbers stay as they were written.

    For example:

    chainrule format --check circuits/
    """
    given = inputs("format", sources, expr)
    if check + canonical + in_place > 1:
        raise UsageError("--check, --canonical and -i do different things: give one of them")
    change = _sorted if sort else _ordered
    if check:
        return each(given, lambda source: _check(source, change), lines=True)
    if canonical:
        with opened(out) as stream:
            return each(given, lambda source: _write(stream, source))
    return rewrite(given, change, form=output, destination=out, in_place=in_place)


def _ordered(source: Source) -> Document:
    return read_in_any_order(source.data, source=source.name)


def _sorted(source: Source) -> Document:
    return in_canonical_order(_ordered(source))


def _check(source: Source, change: Change) -> int:
    packed = source.data.startswith(PACKED)
    if dump(change(source)) == (gzip.decompress(source.data) if packed else source.data):
        return exits.NOTHING_AGAINST
    print(f"{source.name}: would change")
    return exits.REFUTED


def _write(stream: BinaryIO, source: Source) -> int:
    stream.write(canonical_bytes(_ordered(source)) + (b"\n" if source.many else b""))
    return exits.NOTHING_AGAINST
