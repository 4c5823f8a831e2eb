"""The archive that a platform runs: one command makes it, the same bytes every time (grading.md 15)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import orjson

from ...schema import Assignment, UsageError, dump
from .exam import exam_of
from .texts import languages_of

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PROGRAMS = ("setup.sh", "run_autograder", "tests/run_grader")

Platform = Literal["gradescope", "prairielearn"]

#: What a question's info.json says of its grader.
_INFO = {
    "gradingMethod": "External",
    "externalGradingOptions": {
        "enabled": True,
        "image": "YOUR-REGISTRY/chainrule",
        "entrypoint": "/grade/tests/run_grader",
        "timeout": 70,
    },
}


@dataclass(frozen=True)
class Bundle:
    """What goes into an archive."""

    assignment: Assignment
    level: int = 3
    languages: str = "en"
    secret: bytes | None = None
    #: Wheels to install without a network; none: the platform installs from its package index.
    wheels: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    platform: Platform = "gradescope"


def bundle(contents: Bundle) -> bytes:
    """The archive; an assignment that cannot be judged is refused here, and not in front of a class."""
    exam_of(contents.assignment)
    languages_of(contents.languages)
    if not 0 <= contents.level <= 4:
        raise UsageError(f"{contents.level} is no level: levels are 0 to 4")
    return _zipped(_members(contents) if contents.platform == "gradescope" else _question(contents))


def wheels_in(folder: Path) -> dict[str, bytes]:
    """The wheels of a folder, by name."""
    found = {path.name: path.read_bytes() for path in sorted(folder.glob("*.whl"))}
    if not any(name.startswith("chainrule-") for name in found):
        raise UsageError(f"{folder}: holds no wheel of chainrule: build one with pip wheel -w {folder} chainrule")
    return found


def _members(contents: Bundle) -> dict[str, bytes]:
    found = {name: _own("gradescope", name) for name in ("setup.sh", "run_autograder")}
    found |= {
        "assignment.cr.json": dump(contents.assignment),
        "config.json": _config(contents),
        "requirements.txt": _requirements(),
    }
    if contents.secret is not None:
        found["variant.secret"] = contents.secret
    return found | {f"wheels/{name}": data for name, data in contents.wheels.items()}


def _question(contents: Bundle) -> dict[str, bytes]:
    """What goes into the folder of a question in PrairieLearn, and into the image that grades it."""
    return {
        "tests/run_grader": _own("prairielearn", "run_grader"),
        "tests/assignment.cr.json": dump(contents.assignment),
        "tests/config.json": _config(contents),
        "info.example.json": _json(_INFO),
        "image/Dockerfile": _own("prairielearn", "Dockerfile"),
        "image/requirements.txt": _requirements(),
    }


def _own(folder: str, name: str) -> bytes:
    return files(str(__package__)).joinpath(folder, name).read_bytes()


def _config(contents: Bundle) -> bytes:
    return _json({"level": contents.level, "lang": contents.languages, "variants": contents.secret is not None})


def _requirements() -> bytes:
    return f"chainrule=={version('chainrule')}\n".encode()


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"


def _zipped(members: Mapping[str, bytes]) -> bytes:
    """Sorted names, one time, fixed modes: equal contents are equal bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(members):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system = 3
            member.external_attr = (0o100755 if name in _PROGRAMS else 0o100644) << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, members[name], compresslevel=9)
    return stream.getvalue()
