"""What a pattern of paths matches: as shells do it, and without following links in circles."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path


def matches(pattern: str) -> Iterator[Path]:
    """The files that match, in the order of names; `**` stands for any folders, but enters none through a link.

    What begins with a dot is matched only by a dot.
    """
    asked = Path(*map(_plain, Path(pattern).parts))
    if asked.name == "**":
        asked /= "*"
    # Path.glob takes no pattern that begins at the root.
    folder = Path(asked.anchor)
    found = sorted(folder.glob(str(asked.relative_to(folder))))
    return (path for path in found if path.is_file() and not _is_hidden(path, asked))


def _plain(piece: str) -> str:
    """`a**` means no more than `a*`: only a piece of its own stands for folders."""
    return piece if piece == "**" else re.sub(r"\*+", "*", piece)


def _is_hidden(path: Path, pattern: Path) -> bool:
    dotted = [piece for piece in pattern.parts if piece.startswith(".")]
    return any(part.startswith(".") and not any(fnmatch(part, piece) for piece in dotted) for part in path.parts)
