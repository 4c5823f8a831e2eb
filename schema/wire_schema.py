"""JSON Schema of numbers and tensors: what stage 4 says in code, as far as a schema can say it.

The models refer to the definitions by name; ``jsonschema.py`` puts them into the published schemas.
"""

from typing import Any

from .grammar import DECIMAL, FRACTION, HEX, NONFINITE
from .limits import DEFAULT
from .tensor_faults import GREATEST_DIMENSION


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


#: Where a schema says `{"definition": NAME}`, the published one refers to that definition.
SOURCE, CLAIM, CLAIMS, SHAPE = ({"definition": name} for name in ("source", "claim", "claims", "shape"))


def _tensor(array: str) -> dict[str, Any]:
    return {"anyOf": [_reference(name) for name in ("number", array, "base64", "blob")]}


def _array(name: str, *gap: dict[str, Any]) -> dict[str, Any]:
    """Nested arrays, to any depth: a schema that counted the rank would be long and say little more."""
    return {"type": "array", "minItems": 1, "items": {"anyOf": [_reference("number"), _reference(name), *gap]}}


def _stored(**fields: dict[str, Any]) -> dict[str, Any]:
    properties = {"shape": _reference("shape"), **fields}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


_NULL: dict[str, Any] = {"type": "null"}

DEFINITIONS: dict[str, dict[str, Any]] = {
    "number": {
        "anyOf": [
            {"type": ["number", "boolean"]},
            {"type": "string", "pattern": f"^({'|'.join(NONFINITE)}|{HEX}|{DECIMAL}|{FRACTION})$"},
        ]
    },
    "shape": {
        "type": "array",
        "items": {"type": "integer", "minimum": 0, "maximum": GREATEST_DIMENSION},
        "maxItems": DEFAULT.rank,
    },
    "base64": _stored(b64={"type": "string", "pattern": "^[A-Za-z0-9+/]*={0,2}$"}),
    "blob": _stored(blob={"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}, name={"type": "string"}),
    "sources": _array("sources"),
    "gaps": _array("gaps", _NULL),
    "source": _tensor("sources"),
    "claim": _tensor("gaps"),
    "claims": {"type": "array", "items": {"anyOf": [_reference("claim"), _NULL]}},
}
