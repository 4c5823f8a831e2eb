"""Foreign names as ids (interop.md 1.1)."""

import re

#: The longest segment and path that an id may have; of a longer path the last segments stay.
SEGMENT, SEGMENTS, PATH = 64, 16, 256

_OTHER = re.compile(r"[^A-Za-z0-9_.-]")


def to_id(name: str, taken: set[str]) -> str:
    """An id for a foreign name: what no id may hold becomes `_`; one that is in use gets `.2`, `.3`, ..."""
    segments = [_segment(part) for part in name.split("/") if part] or ["_"]
    while len(segments) > SEGMENTS or len("/".join(segments)) > PATH - 8:
        segments = segments[1:]
    wanted = "/".join(segments)
    found, k = wanted, 1
    while found in taken:
        k += 1
        found = f"{wanted[: PATH - 8]}.{k}"
    return found


def _segment(part: str) -> str:
    clean = _OTHER.sub("_", part)
    return (clean if clean[0].isalpha() or clean[0] == "_" else f"_{clean}")[: SEGMENT - 4]


def helper_stem(name: str, op: str) -> str:
    """The id under which a helper of the node of this id stands, with room for a number behind it."""
    *path, last = name.split("/")
    return "/".join([*path, f"{last[: SEGMENT - len(op) - 8]}.{op}"])
