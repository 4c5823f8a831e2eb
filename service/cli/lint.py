"""`chainrule lint`: what an assignment cannot tell apart."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ...schema import Assignment, dump, read
from . import exits

_CODES = {
    None: exits.NOTHING_AGAINST,
    "note": exits.NOTHING_AGAINST,
    "warning": exits.UNDECIDED,
    "error": exits.REFUTED,
}


def run(
    assignment: str,
    *,
    suggest: Annotated[bool, Parameter(negative="", help="Look for inputs that tell more mistakes apart.")] = False,
    seed: Annotated[int, Parameter(help="From where the search for inputs starts.")] = 0,
    output: Annotated[Literal["text", "json"], Parameter(help="text: for people; json: a report document.")] = "text",
) -> int:
    """Make every usual mistake on an assignment and say which of them cannot be seen, or not be told apart.

    Exit code 0: nothing above a note; 1: an error; 2: the assignment cannot be judged; 3: only warnings.

    For example:

    chainrule lint neuron.cr.json --suggest
    """
    from ..grading.lint import lint, worst_level

    found = read(Path(assignment).read_bytes(), source=assignment, kind="assignment")
    assert isinstance(found, Assignment)
    report = lint(found, suggest=suggest, seed=seed)
    if output == "json":
        print(dump(report).decode(), end="")
    else:
        for finding in report.findings or ():
            print(f"{assignment}: {finding['level']}: {finding['code']}: {finding['message']}")
    return _CODES[worst_level(report)]
