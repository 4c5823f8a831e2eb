"""Collecting the problems of stage 5, with their places."""

from ..pointer import pointer
from ..problem import Problem, Problems


class Findings:
    """Adds problems to a collector: a path to the place, what is said of it, and of which node."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def add(
        self,
        code: str,
        at: tuple[str | int, ...],
        message: str,
        *,
        node: str | None = None,
        nearest: tuple[str, ...] = (),
    ) -> None:
        """Add one problem."""
        self._problems.add(Problem(code=code, at=pointer(at), message=message, node=node, nearest=nearest or None))

    @property
    def truncated(self) -> bool:
        """Whether there were more problems than are kept: a reason to stop looking."""
        return self._problems.truncated
