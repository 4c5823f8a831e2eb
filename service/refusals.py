"""The report on a document that cannot be read: its problems, and no verdict."""

from collections.abc import Mapping

from ..engine.verify import Policy
from ..engine.verify.report import head
from ..schema import DocumentError, Report


def refused(error: DocumentError, digests: Mapping[str, str], policy: Policy) -> Report:
    """The report that carries an error's problems (format.md 12)."""
    return Report.model_validate(
        {
            **head(policy),
            "subject": dict(digests),
            "problems": list(error.problems),
            **({"truncated": True} if error.truncated else {}),
        }
    )
