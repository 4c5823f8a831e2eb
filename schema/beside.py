"""What other rooms make of a document and keep beside it; it is no part of the document."""

from __future__ import annotations

from typing import Any


class Beside:
    """One thing made of one object. It counts in no comparison and travels with no copy to other processes."""

    def __init__(self) -> None:
        self._of: Any = None
        self._made: Any = None

    def made(self, of: Any) -> Any:
        """What was kept for this very object; None if that is nothing."""
        return self._made if self._of is of else None

    def keep(self, of: Any, made: Any) -> None:
        """Keep this in place of what was kept before; copies of a document share the place."""
        self._of, self._made = of, made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Beside)

    __hash__ = None  # pyright: ignore[reportAssignmentType]  (as of everything that is compared and can change)

    def __deepcopy__(self, memo: Any) -> Beside:
        return Beside()

    def __reduce__(self) -> Any:
        return Beside, ()
