"""Stage 5: the outputs and their seeds, which define the objective (format.md 4.1)."""

from ..dtype import is_floating
from ..node import Node, Output
from ..structure import Structure
from ..wording import nearest, nearest_clause
from .findings import Findings
from .vocabulary import Vocabulary


def judge_outputs(
    rows: list[Node], outputs: list[Output], structure: Structure, vocabulary: Vocabulary, found: Findings
) -> None:
    """Judge each output, then whether the seeds define what the gradients are gradients of."""
    seen: set[str] = set()
    for k, output in enumerate(outputs):
        if found.truncated:
            return
        name = output["node"]
        if name in seen:
            found.add("output.duplicate", ("outputs", k, "node"), f"{name} is listed as an output twice: keep one")
        elif name not in structure.index:
            known = nearest(name, structure.index)
            message = f"the output {name} is the id of no node{nearest_clause(known)}"
            found.add("ref.dangling", ("outputs", k, "node"), message, nearest=known)
        else:
            row = rows[structure.index[name]]
            _judge_output(k, output, structure, found)
            if vocabulary.is_tuple(row):
                message = f"the output {name} makes a tuple: list a get node that reads it"
                found.add("ref.tuple", ("outputs", k, "node"), message, node=name)
        seen.add(name)
    _judge_seeds(rows, outputs, found)


def _judge_output(k: int, output: Output, structure: Structure, found: Findings) -> None:
    name = output["node"]
    dtype = structure.dtypes[structure.index[name]]
    if "seed" in output and not is_floating(dtype):
        message = f"{name} is of dtype {dtype}, which has no gradient: take its seed away"
        found.add("seed.dtype", ("outputs", k, "seed"), message, node=name)


def _judge_seeds(rows: list[Node], outputs: list[Output], found: Findings) -> None:
    seedless = [(k, output["node"]) for k, output in enumerate(outputs) if "seed" not in output]
    if not seedless or len(outputs) == 1:
        return
    if len(seedless) == len(outputs) and not any("grad" in row or "downstream" in row for row in rows):
        return
    k, name = seedless[0]
    message = f"the output {name} has no seed, so the objective is not defined: state a seed on every output"
    found.add("seed.missing", ("outputs", k), message, node=name)
