"""`chainrule handout`: the circuit of an assignment as a student gets it, with the inputs of their variant."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ...schema import Assignment, dump, read
from . import exits


def run(
    assignment: str,
    *,
    student: Annotated[str | None, Parameter(help="Whose variant; without one, the assignment's own inputs.")] = None,
    variant_secret: Annotated[str | None, Parameter(help="File with the secret by which variants are drawn.")] = None,
) -> int:
    """Write the graph that a student works on, without any number but those that are given.

    For example:

    chainrule handout neuron.cr.json --student s123 --variant-secret secret.bin
    """
    from ..grading.exam import with_values
    from ..grading.variants import variant_values

    found = read(Path(assignment).read_bytes(), source=assignment, kind="assignment")
    assert isinstance(found, Assignment)
    values: dict[str, str] = {}
    if variant_secret is not None:
        values = variant_values(found, student or "", Path(variant_secret).read_bytes().strip())
    sys.stdout.write(dump(with_values(found.circuit, values)).decode())
    return exits.NOTHING_AGAINST
