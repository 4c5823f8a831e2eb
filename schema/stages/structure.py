"""Stage 5: what needs more than one field, or the op set's names (format.md 3, 4 and 8)."""

from ..errors import DocumentError
from ..limits import Limits
from ..node import Node, Output
from ..problem import Problems
from ..structure import Structure
from .fields import row_dtype
from .findings import Findings
from .ops import judge_op, judge_tuples
from .outputs import judge_outputs
from .references import index_ids, judge_references
from .shapes import judge_shapes


def judge_structure(
    rows: list[Node], outputs: list[Output], *, dtype: str | None, opset: int, limits: Limits
) -> Structure:
    """The structure of rows whose fields are sound; DocumentError with every problem between them."""
    problems = Problems(limits.problems)
    found = Findings(problems)
    index = index_ids(rows, found)
    structure = Structure(
        ids=[row["id"] for row in rows],
        index=index,
        ops=[row["op"] for row in rows],
        operands=judge_references(rows, index, found),
        dtypes=[row_dtype(row, dtype) for row in rows],
        outputs=[index[output["node"]] for output in outputs if output["node"] in index],
    )
    for i, row in enumerate(rows):
        if found.truncated:
            break
        judge_op(i, row, opset, found)
        judge_tuples(i, row, [rows[k] for k in structure.operands[i]], found)
    judge_outputs(rows, outputs, structure, found)
    judge_shapes(rows, outputs, structure, found)
    if problems:
        raise DocumentError.of(problems)
    return structure
