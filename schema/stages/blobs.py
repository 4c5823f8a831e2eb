"""Stage 5: the files that blobs name (format.md 7)."""

from typing import Any

from ..blob import Blob
from ..dtype import is_floating
from ..jsontypes import is_object
from ..number_faults import Fault
from ..tensor import decode
from ..tensor_faults import are_finite
from .findings import Findings, Path


def judge_blob(at: Path, raw: Any, who: str, dtype: str, found: Findings, *, finite: bool = False) -> None:
    """Judge a tensor that stands in a file: whether it is to be had, the file's digest, then the tensor in it."""
    if not is_object(raw) or "blob" not in raw:
        return
    field, digest = ".".join(map(str, at[2:])), raw["blob"]
    if not isinstance(raw, Blob):
        message = (
            f"{who}: {field} is in the blob {digest}, which is not to be had: give the reader a resolver that has it"
        )
        found.add("blob.unresolved", at, message, node=who)
    elif raw.file.digest != digest:
        message = (
            f"{who}: the blob of {field} has the digest {raw.file.digest}, not {digest}: give the file that is meant"
        )
        found.add("blob.digest", at, message, node=who)
    elif fault := _fault(raw, dtype, finite):
        found.add(fault.code, at, f"{who}: {fault.expected}", node=who)


def _fault(blob: Blob, dtype: str, finite: bool) -> Fault | None:
    tensors, name = blob.file.tensors, blob["name"]
    if isinstance(tensors, Fault):
        return Fault("blob.tensor", f"{tensors.expected}, so the blob has no tensor {name}: write the file again")
    if name not in tensors:
        return Fault("blob.tensor", f"the blob has no tensor {name}; it has {', '.join(sorted(tensors)[:5]) or 'none'}")
    stored = tensors[name]
    if (stored.dtype, list(stored.shape)) != (dtype, blob["shape"]):
        has = f"is {stored.dtype} of shape {list(stored.shape)}"
        return Fault(
            "blob.tensor", f"the tensor {name} of the blob {has}; {dtype} of shape {blob['shape']} is expected"
        )
    if dtype == "bool" and stored.data.strip(b"\0\1"):
        return Fault("blob.tensor", f"the tensor {name} of the blob has bytes that are no bool: write 0 or 1")
    if finite and is_floating(dtype) and not are_finite(decode(stored.data, dtype)):
        return Fault(
            "value.nonfinite", f"the tensor {name} of the blob is not finite: finite numbers are expected here"
        )
    return None
