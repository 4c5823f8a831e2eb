"""The report on a document that cannot be read: its problems, and no verdict."""

from collections.abc import Mapping
from importlib.metadata import version

from ..engine.registry import CORE
from ..schema import DocumentError, Report


def refused(error: DocumentError, digests: Mapping[str, str], *, judge: str = "both") -> Report:
    """The report that carries an error's problems (format.md 12)."""
    return Report.model_validate(
        {
            "chainrule": "1.0",
            "kind": "report",
            "subject": dict(digests),
            "verifier": {"name": "chainrule", "version": version("chainrule"), "opset": {"core": CORE}},
            "policy": {"judge": judge},
            "problems": list(error.problems),
            **({"truncated": True} if error.truncated else {}),
        }
    )
