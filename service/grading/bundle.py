"""The archive that Gradescope runs: one command makes it, the same bytes every time (grading.md 15)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import orjson

from ...schema import Assignment, UsageError, dump
from .exam import exam_of
from .texts import languages_of

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PROGRAMS = ("setup.sh", "run_autograder")


@dataclass(frozen=True)
class Bundle:
    """What goes into an archive."""

    assignment: Assignment
    level: int = 3
    languages: str = "en"
    secret: bytes | None = None
    #: Wheels to install without a network; none: the platform installs from its package index.
    wheels: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


def bundle(contents: Bundle) -> bytes:
    """The archive; an assignment that cannot be judged is refused here, and not in front of a class."""
    exam_of(contents.assignment)
    languages_of(contents.languages)
    if not 0 <= contents.level <= 4:
        raise UsageError(f"{contents.level} is no level: levels are 0 to 4")
    return _zipped(_members(contents))


def wheels_in(folder: Path) -> dict[str, bytes]:
    """The wheels of a folder, by name."""
    found = {path.name: path.read_bytes() for path in sorted(folder.glob("*.whl"))}
    if not any(name.startswith("chainrule-") for name in found):
        raise UsageError(f"{folder}: holds no wheel of chainrule: build one with pip wheel -w {folder} chainrule")
    return found


def _members(contents: Bundle) -> dict[str, bytes]:
    config = {"level": contents.level, "lang": contents.languages, "variants": contents.secret is not None}
    found = {name: files(str(__package__)).joinpath("gradescope", name).read_bytes() for name in _PROGRAMS}
    found |= {
        "assignment.cr.json": dump(contents.assignment),
        "config.json": orjson.dumps(config, option=orjson.OPT_INDENT_2) + b"\n",
        "requirements.txt": f"chainrule=={version('chainrule')}\n".encode(),
    }
    if contents.secret is not None:
        found["variant.secret"] = contents.secret
    return found | {f"wheels/{name}": data for name, data in contents.wheels.items()}


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
