"""The published JSON Schema of each kind (format.md 18.2): an aid for editors, generated from the models."""

from typing import Any

from .annotation import Annotations
from .assignment import Assignment
from .document import Document, Graph
from .errors import UsageError
from .grade import Grade
from .jsontypes import is_list, is_object
from .report import Report
from .wire_schema import DEFINITIONS
from .wording import alternatives

_MODELS: dict[str, type[Document]] = {
    "graph": Graph,
    "annotations": Annotations,
    "assignment": Assignment,
    "report": Report,
    "grade": Grade,
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind, draft 2020-12; UsageError if this version does not read the kind."""
    if kind not in _MODELS:
        raise UsageError(f"there is no schema of the kind {kind}: ask for {alternatives(_MODELS)}")
    generated = _published(_MODELS[kind].model_json_schema(by_alias=True))
    own = generated.pop("$defs", {})
    definitions = {name: DEFINITIONS[name] for name in _needed(generated, own)}
    identity = {"$schema": _DIALECT, "$id": f"urn:chainrule:schema:{kind}:1.0"}
    return {**identity, **generated, "$defs": dict(sorted({**own, **definitions}.items()))}


def _published(schema: Any) -> Any:
    """The generated schema with references to the definitions, and absent fields that are never null."""
    if is_list(schema):
        return [_published(part) for part in schema]
    if not is_object(schema):
        return schema
    if set(schema) >= {"definition"}:
        return {"$ref": f"#/$defs/{schema['definition']}"}
    parts = {name: _published(part) for name, part in schema.items() if name != "title"}
    return _stated(parts) if parts.get("default", ...) is None else parts


def _stated(schema: dict[str, Any]) -> dict[str, Any]:
    del schema["default"]
    stated: list[dict[str, Any]] = [part for part in schema.pop("anyOf", []) if part != {"type": "null"}]
    return schema | (stated[0] if stated else {})


def _needed(*schemas: Any) -> set[str]:
    """The names of the definitions that the schemas refer to, directly or through each other."""
    found: set[str] = set()
    waiting: list[Any] = list(schemas)
    while waiting:
        part = waiting.pop()
        waiting.extend(part.values() if is_object(part) else part if is_list(part) else ())
        name = part.get("$ref", "").removeprefix("#/$defs/") if is_object(part) else ""
        if name in DEFINITIONS and name not in found:
            found.add(name)
            waiting.append(DEFINITIONS[name])
    return found
