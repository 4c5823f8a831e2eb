"""The catalogue: all misconceptions in the order of their prior, found in the files of their families."""

from functools import cache
from hashlib import sha256
from importlib import import_module
from typing import Final

from .declaration import Kind, Misconception

#: The files in the order in which their codes are thought of first.
FAMILIES: Final = (
    "upstream",
    "local",
    "product",
    "sign",
    "forks",
    "switching",
    "distribution",
    "powers",
    "places",
    "formulas",
    "routing",
    "tensors",
    "surface",
    "forward",
    "sheets",
)


@cache
def catalogue() -> tuple[Misconception, ...]:
    """Every misconception."""
    modules = [import_module(f".{family}", __package__) for family in FAMILIES]
    return tuple(found for module in modules for found in vars(module).values() if isinstance(found, Misconception))


@cache
def of_kind(kind: Kind) -> tuple[Misconception, ...]:
    """The misconceptions of one kind."""
    return tuple(found for found in catalogue() if found.kind is kind)


@cache
def prior(code: str) -> int:
    """The place of a code in the catalogue; a smaller one is thought of first."""
    return next(place for place, found in enumerate(catalogue()) if found.code == code)


@cache
def families() -> dict[str, str]:
    """Code -> family."""
    return {found.code: found.family for found in catalogue()}


@cache
def catalogue_digest() -> str:
    """Names the catalogue that a grade was made with: its codes, families and texts."""
    lines = [f"{found.code}\t{found.family}\t{found.text}" for found in catalogue()]
    return f"sha256:{sha256(chr(10).join(lines).encode()).hexdigest()}"
