"""Stage 3: version, kind, op set and required extensions, before any other field is looked at (format.md 2)."""

import re
from typing import Any, NoReturn

from ..errors import DocumentError
from ..jsontypes import is_list, is_object
from ..opset import NEWEST
from ..pointer import pointer
from ..problem import Problem
from ..wording import alternatives, nearest, shown

#: The newest version of the format that this reader knows.
VERSION = (1, 0)

#: Every kind of the format.
KINDS = ("graph", "annotations", "assignment", "report", "grade")

_VERSION = re.compile(r"(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})")


def judge_header(document: dict[str, Any], kind: str | None = None) -> str:
    """The kind of the document; DocumentError with the first problem of its header.

    ``kind``: the one kind that the caller can use.
    """
    _version(document)
    found = _kind(document, kind)
    _opset(document, found)
    _requires(document)
    return found


def judge_version(document: dict[str, Any], kind: str | None = None) -> None:
    """Version and kind alone, of a container that says them apart from its document."""
    _version(document)
    _kind(document, kind)


def _refuse(code: str, message: str, *at: str | int, known: tuple[str, ...] | None = None) -> NoReturn:
    raise DocumentError((Problem(code=code, at=pointer(at), message=message, nearest=known),))


def _version(document: dict[str, Any]) -> None:
    newest = ".".join(map(str, VERSION))
    if "chainrule" not in document:
        _refuse("version.missing", f'the document does not state its version: add "chainrule": "{newest}"')
    stated = document["chainrule"]
    match = _VERSION.fullmatch(stated) if isinstance(stated, str) else None
    if match is None:
        _refuse("version.syntax", f'chainrule is {shown(stated)}; expected a string such as "{newest}"', "chainrule")
    version = (int(match[1]), int(match[2]))
    if version > VERSION:
        mend = f"upgrade chainrule, or re-save it with `--target {newest}`"
        _refuse("version.newer", f"this document needs {stated}, this reader knows up to {newest}: {mend}", "chainrule")
    if version < (1, 0):
        _refuse("version.older", f"this document says {stated}, the first version is 1.0: write it anew", "chainrule")


def _kind(document: dict[str, Any], wanted: str | None) -> str:
    if "kind" not in document:
        _refuse("kind.missing", f'the document does not state its kind: add "kind", {alternatives(KINDS)}')
    kind = document["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        known = nearest(kind.lower(), KINDS) if isinstance(kind, str) else ()
        message = f"kind is {shown(kind)}; expected {alternatives(known or KINDS)}"
        _refuse("kind.unknown", message, "kind", known=known or None)
    if wanted is not None and kind != wanted:
        _refuse("kind.unexpected", f"the document is of kind {kind}; a document of kind {wanted} is needed", "kind")
    return kind


def _opset(document: dict[str, Any], kind: str) -> None:
    if "opset" not in document:
        if kind == "graph":
            _refuse("opset.missing", 'the graph does not state its op set: add "opset": {"core": 1}')
        return
    opset = document["opset"]
    if not is_object(opset):
        return
    if "core" not in opset:
        _refuse("opset.missing", 'opset does not state core: write "opset": {"core": 1}', "opset")
    for domain, version in opset.items():
        _domain(domain, version)


def _domain(domain: str, version: Any) -> None:
    if type(version) is not int or version < 1:
        _refuse("opset.range", f"opset {domain} is {shown(version)}; expected an integer from 1", "opset", domain)
    if domain != "core":
        _refuse("opset.unknown", f"this reader has no ops of the domain {shown(domain)}: it has core", "opset", domain)
    if version > NEWEST:
        message = (
            f"this document needs op set {version}, this reader has up to {NEWEST}: upgrade chainrule, "
            "or re-save it with `--target 1.0`"
        )
        _refuse("opset.newer", message, "opset", domain)


def _requires(document: dict[str, Any]) -> None:
    """This version knows no extension, so every name is one too many; other types are the next stage's."""
    names = document.get("requires")
    for i, name in enumerate(names if is_list(names) else ()):
        if isinstance(name, str):
            message = f"the document requires the extension {shown(name)}, which this reader does not know"
            _refuse("extension.required", message, "requires", i)
