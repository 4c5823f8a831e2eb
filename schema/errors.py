"""What this project raises.

    ChainruleError
    ├── DocumentError     a document cannot be read as what its kind says; carries its problems
    │   └── InteropError  an expression or a foreign file cannot be made a document
    ├── MissingExtra      an optional package is not installed; the message says the command that installs it
    └── UsageError        a function was called with arguments that make no sense together

Every exception of the project is a ChainruleError.
"""

from collections.abc import Iterable
from typing import Self

from .problem import Problem, Problems


class ChainruleError(Exception):
    """The root of the project's exceptions."""


class UsageError(ChainruleError):
    """A function was called with arguments that it cannot use."""


class MissingExtra(ChainruleError):
    """A feature needs an optional package that is not installed."""


class DocumentError(ChainruleError):
    """A document that cannot be read, with every problem that was found in it.

    ``problems`` stand in the order of the document; ``truncated`` says that there were more than are listed;
    ``source`` is the name of the file, where there is one.
    """

    def __init__(self, problems: Iterable[Problem], *, truncated: bool = False, source: str | None = None) -> None:
        self.problems = tuple(problems)
        self.truncated = truncated
        self.source = source
        super().__init__(self.problems)

    @classmethod
    def of(cls, problems: Problems) -> Self:
        """The error that reports what a collector holds."""
        return cls(problems, truncated=problems.truncated)

    def __str__(self) -> str:
        prefix = f"{self.source}:" if self.source else ""
        lines = [f"{prefix}{problem.at}: {problem.code}: {problem.message}" for problem in self.problems]
        return "\n".join([*lines, *(["further problems are not listed"] if self.truncated else [])])
