"""Files of tensors, made by hand."""

import json
import struct
from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def container(header: str, data: bytes) -> bytes:
    """The file with that header, its length in front."""
    text = header.encode()
    return len(text).to_bytes(8, "little") + text + data


def stored(tensors: Mapping[str, tuple[str, list[int], bytes]]) -> bytes:
    """A sound file: name -> dtype, shape and bytes."""
    header: dict[str, Any] = {}
    data = b""
    for name, (dtype, shape, content) in tensors.items():
        offsets = [len(data), len(data) + len(content)]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
        data += content
    return container(json.dumps(header), data)


def doubles(*values: float) -> bytes:
    """Little-endian float64."""
    return struct.pack(f"<{len(values)}d", *values)


def digest(content: bytes) -> str:
    """The name of a file in documents."""
    return f"sha256:{sha256(content).hexdigest()}"
