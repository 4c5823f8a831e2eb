"""Collecting the problems of stage 5, with their places."""

from ..pointer import pointer
from ..problem import Problem, Problems

Path = tuple[str | int, ...]


class Findings:
    """Adds problems to a collector: a path to the place, what is said of it, and of which node."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def add(
        self,
        code: str,
        at: Path,
        message: str,
        *,
        node: str | None = None,
        nearest: tuple[str, ...] = (),
    ) -> None:
        """Add one problem."""
        self._problems.add(Problem(code=code, at=pointer(at), message=message, node=node, nearest=nearest or None))

    @property
    def any(self) -> bool:
        """Whether there are problems so far."""
        return len(self._problems) > 0

    @property
    def truncated(self) -> bool:
        """Whether there were more problems than are kept: a reason to stop looking."""
        return self._problems.truncated


class BodyFindings(Findings):
    """The problems of a function's body, which is judged as a graph whose first rows are the parameters."""

    def __init__(self, problems: Problems, function: str, params: int) -> None:
        super().__init__(problems)
        self._function = function
        self._params = params

    def add(
        self,
        code: str,
        at: Path,
        message: str,
        *,
        node: str | None = None,
        nearest: tuple[str, ...] = (),
    ) -> None:
        """Add one problem, with its place in the body."""
        place = ("functions", self._function, *self._within(at))
        super().add(code, place, f"in {self._function}, {message}", node=node, nearest=nearest)

    def _within(self, at: Path) -> Path:
        match at:
            case ("nodes", int(i), *_) if i < self._params:
                return ("params", i)
            case ("nodes", int(i), *rest):
                return ("nodes", i - self._params, *rest)
            case _:
                return at
