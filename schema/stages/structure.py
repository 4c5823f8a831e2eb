"""Stage 5: what needs more than one field, or the op set's names (format.md 3, 4, 8 and 9)."""

from collections.abc import Container, Mapping, Sequence

from ..errors import DocumentError
from ..function import NO_FUNCTIONS, Function, Group
from ..limits import Limits
from ..node import Node, Output
from ..problem import Problems
from ..structure import Structure
from .calls import judge_calls
from .fields import row_dtype
from .findings import BodyFindings, Findings
from .functions import judge_body, parameters
from .groups import judge_groups
from .ops import judge_annotations, judge_op, judge_tuples
from .outputs import judge_outputs
from .references import index_ids, judge_references, judge_reserved
from .shapes import judge_shapes
from .vocabulary import Vocabulary


def judge_structure(
    rows: list[Node],
    outputs: list[Output],
    *,
    functions: Mapping[str, Function] = NO_FUNCTIONS,
    groups: Sequence[Group] = (),
    dtype: str | None,
    opset: int,
    limits: Limits,
) -> Structure:
    """The structure of rows whose fields are sound; DocumentError with every problem between them."""
    problems = Problems(limits.problems)
    found = Findings(problems)
    vocabulary = Vocabulary(opset, functions)
    structure = _laid_out(rows, outputs, dtype, found)
    _judge_ops(rows, structure, vocabulary, found)
    judge_outputs(rows, outputs, structure, vocabulary, found)
    judge_shapes(rows, outputs, structure, dtype, found)
    for name, function in functions.items():
        _judge_function(name, function, structure.index, dtype, vocabulary, problems)
    judge_calls(rows, functions, limits, found)
    judge_groups(rows, groups, structure, functions, dtype, found)
    if problems:
        raise DocumentError.of(problems)
    return structure


def _laid_out(
    rows: list[Node], outputs: list[Output], dtype: str | None, found: Findings, outer: Container[str] = ()
) -> Structure:
    index = index_ids(rows, found)
    judge_reserved(rows, found)
    return Structure(
        ids=[row["id"] for row in rows],
        index=index,
        ops=[row["op"] for row in rows],
        operands=judge_references(rows, index, found, outer),
        dtypes=[row_dtype(row, dtype) for row in rows],
        outputs=[index[output["node"]] for output in outputs if output["node"] in index],
    )


def _judge_ops(rows: list[Node], structure: Structure, vocabulary: Vocabulary, found: Findings) -> None:
    for i, row in enumerate(rows):
        if found.truncated:
            break
        judge_op(i, row, vocabulary, found)
        judge_annotations(i, row, vocabulary, found)
        judge_tuples(i, row, [rows[k] for k in structure.operands[i]], vocabulary, found)


def _judge_function(
    name: str,
    function: Function,
    outer: Container[str],
    dtype: str | None,
    vocabulary: Vocabulary,
    problems: Problems,
) -> None:
    """Judge a body as a graph of its own, whose first rows are the parameters."""
    found = BodyFindings(problems, name, len(function["params"]))
    rows = [*parameters(function), *function["nodes"]]
    structure = _laid_out(rows, [], dtype, found, outer)
    _judge_ops(rows, structure, vocabulary, found)
    judge_shapes(rows, [], structure, dtype, found)
    judge_body(function, rows, structure, vocabulary, outer, found)
