"""A problem: one reason why a document cannot be read, with its place and the mend (format.md 3.1 and 19)."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Strict

#: The closed list of codes. A code never changes meaning and is never used again for another.
CODES: dict[str, str] = {
    "limit.bytes": "more bytes than the limit, after inflation; also one line of a JSONL file",
    "media.type": "HTTP: the content type is not one of the format's",
    "json.syntax": "not one well-formed JSON text in UTF-8 without BOM",
    "json.number_overflow": "a number token whose nearest double is infinite",
    "json.depth": "nested deeper than 64",
    "json.duplicate_key": "an object holds a key twice; `at` names the second",
    "json.not_object": "the top is not an object",
    "version.missing": "no `chainrule`",
    "version.syntax": "not a string of the form `MAJOR.MINOR`",
    "version.newer": "above what this reader knows",
    "version.older": "below 1.0",
    "kind.missing": "no kind",
    "kind.unknown": "not one of the five kinds",
    "kind.unexpected": "a good document of another kind than is needed here",
    "opset.missing": "a graph without `opset`, or an `opset` without `core`",
    "opset.range": "a version that is not a JSON integer >= 1",
    "opset.unknown": "a domain that this reader does not have",
    "opset.newer": "a newer op set than this reader has",
    "extension.required": "`requires` names an extension that this reader does not know",
    "field.missing": "a required field is absent",
    "field.unknown": "a field that the format does not have",
    "field.type": "wrong JSON type",
    "field.value": "right type, not among the allowed values or not of the required form",
    "field.empty": "an array or object that must not be empty",
    "field.key": "a key of a map of the wrong form",
    "extension.key": "a key of `ext` that is no reverse-DNS name",
    "id.syntax": "not an id",
    "digest.syntax": "not `sha256:` and 64 lower-case hex digits",
    "shape.dim": "a dimension that is not a JSON integer 0..2^31-1",
    "value.type": "boolean, null, object or number where the dtype or position wants another",
    "value.number": "a string that is no number of the grammar",
    "value.range": "a number that the dtype or the form cannot hold",
    "value.nonfinite": "NaN or an infinity where only finite numbers may stand",
    "value.form": "an object that is no tensor form",
    "value.ragged": "arrays of unequal length or depth",
    "value.empty_array": "an empty array",
    "value.b64_length": "length does not fit shape and dtype",
    "value.b64": "bad alphabet, white space, padding bits, bool bytes",
    "value.blob": "blob digest or name of the wrong form",
    "limit.nodes": "too many nodes",
    "limit.fan_in": "too many operands or parameters",
    "limit.functions": "too many functions",
    "limit.rank": "a tensor of too many dimensions",
    "limit.elements": "a tensor of too many elements",
    "limit.tensor_bytes": "tensors of too many bytes in all",
    "limit.label": "a label that is too long",
    "limit.meta": "too many entries of `meta`, or one that is too long",
    "limit.ext_bytes": "an `ext` of too many bytes",
    "limit.ext_depth": "an `ext` nested too deep",
    "id.duplicate": "two things of one name space have one id",
    "id.reserved": "the id is an expansion path of a call in the same document",
    "ref.self": "a node takes itself",
    "ref.cycle": "a node takes a later node that depends on it",
    "ref.order": "a node takes a later node, without a cycle",
    "ref.dangling": "no node has the id",
    "ref.tuple": "a tuple-valued node read by anything but `get`, or an output that is a tuple",
    "ref.not_tuple": "`get` of a single tensor",
    "ref.index": "`get` of an index outside the tuple",
    "op.unknown": "no such op",
    "op.since": "the op is younger than the declared op set",
    "op.arity": "wrong number of operands",
    "opset.undeclared": "an op of a domain that `opset` does not list",
    "attr.unknown": "an attribute that the op does not have",
    "attr.missing": "an attribute without default is absent",
    "attr.type": "an attribute of the wrong JSON type",
    "attr.value": "an attribute outside the op's domain",
    "const.no_value": "a `const` without value",
    "output.duplicate": "one node listed twice",
    "seed.missing": "gradients stated, objective undefined",
    "seed.dtype": "a seed on an integer or bool node",
    "annotation.length": "`local` or `downstream` not parallel to `inputs`",
    "annotation.tuple": "an annotation on a tuple-valued node",
    "annotation.local": "a `local` entry for an op that has none",
    "function.unknown": "a call, group or surrogate names no function",
    "function.recursive": "the call graph has a cycle",
    "function.capture": "a body reads a node of the outer graph",
    "function.leaf": "`input` or `param` in a body",
    "function.annotated": "an annotation in a body",
    "limit.call_depth": "calls nested too deep",
    "limit.expansion": "too many nodes after expansion",
    "limit.slots": "too many numbers asked for, wildcards expanded",
    "group.leaf": "a leaf in a group",
    "group.overlap": "a node in two groups",
    "group.not_convex": "a path leaves the group and comes back",
    "group.exit": "not exactly one member is used outside",
    "group.inputs": "not the outside wires that the members read",
    "group.function": "the members do not spell out the function",
    "shape.mismatch": "a number, seed or stated shape that is not the wire's shape",
    "shape.operands": "operand shapes that the op cannot combine",
    "dtype.mismatch": "operand dtypes that the op cannot take, or a stated dtype that is not the op's",
    "digest.mismatch": "annotations made for another graph",
    "slot.syntax": "not an address of a number",
    "slot.port": "an operand index that is missing, superfluous or outside the operands",
    "assignment.annotated": "the graph of an assignment carries annotations",
    "blob.unresolved": "a blob that is not to be had",
    "blob.digest": "a blob of other bytes than its digest says",
    "blob.tensor": "a blob without that tensor, or of another dtype or shape",
    "columns.container": "not a well-formed safetensors file",
    "columns.header": "duplicate or unknown keys in the header of a column file",
    "columns.table": "columns missing, unknown, of the wrong form, or in disagreement",
    "columns.order": "operand columns that are not in order",
    "columns.text": "ids or text table of a column file broken",
    "import.malformed": "the foreign file cannot be read",
    "import.unsupported": "an op or feature without counterpart",
    "import.external": "the file points to files that may not be opened",
}


def _listed(code: str) -> str:
    if code not in CODES:
        raise ValueError(f"{code} is no code of the format")
    return code


class Problem(BaseModel):
    """One reason why a document cannot be read.

    ``at`` is an RFC 6901 pointer into the document, the empty string for the whole of it; ``message`` is one
    sentence: who, what it says, what is expected, the mend.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    code: Annotated[str, AfterValidator(_listed)]
    at: str
    message: str
    node: str | None = None
    nearest: Annotated[tuple[str, ...], Strict(False)] | None = None
    line: int | None = None
    column: int | None = None


class Problems:
    """A collector that keeps the first ``limit`` problems; ``truncated`` says that there were more.

    Once it is truncated, looking for more is of no use.
    """

    def __init__(self, limit: int = 50) -> None:
        self._limit = limit
        self._found: list[Problem] = []
        self.truncated = False

    def add(self, problem: Problem) -> None:
        """Keep the problem, or remember that it did not fit."""
        if len(self._found) >= self._limit:
            self.truncated = True
        else:
            self._found.append(problem)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
