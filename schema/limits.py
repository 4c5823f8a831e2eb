"""How much a reader takes (format.md 16). Limits belong to readers, not to the format's version."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one reader; every excess is a problem with the code of its limit."""

    bytes: int = 64 * MIB
    depth: int = 64
    nodes: int = 1_000_000
    fan_in: int = 4_096
    functions: int = 1_024
    call_depth: int = 16
    expansion: int = 1_000_000
    rank: int = 8
    elements: int = 1 << 24
    tensor_bytes: int = 256 * MIB
    label: int = 1_024
    meta_entries: int = 64
    meta_value: int = 4_096
    ext_bytes: int = MIB
    ext_depth: int = 32
    slots: int = 10_000
    problems: int = 50


#: What the library and the command line take.
DEFAULT = Limits()

#: What the service takes.
SERVICE = Limits(
    bytes=8 * MIB,
    nodes=100_000,
    functions=256,
    expansion=100_000,
    elements=1 << 20,
    tensor_bytes=32 * MIB,
    ext_bytes=MIB // 16,
    ext_depth=16,
)
