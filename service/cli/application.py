"""The application: which verbs there are, and how every run of it ends."""

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import cast

from cyclopts import App, CycloptsError

from ...schema.errors import ChainruleError
from . import exits
from .defects import defect

#: In the order of the help page. The module of a verb is imported when it is called, or to show its help.
VERBS = (
    "check",
    "annotate",
    "verify",
    "explain",
    "draw",
    "format",
    "convert",
    "grade",
    "lint",
    "regrade",
    "pack",
    "handout",
    "schema",
    "ops",
)


def _version() -> str:
    from importlib.metadata import version

    return version("chainrule")


app = App(
    "chainrule",
    help="Computational graphs as documents: values, gradients, and a verdict on every number.\n\n"
    "chainrule VERB --help shows the options of a verb, with an example.",
    help_format="plaintext",
    version=_version,
    version_format="plaintext",
    result_action="return_value",
    print_error=False,
    exit_on_error=False,
    suppress_keyboard_interrupt=False,
)

for _place, _verb in enumerate(VERBS):
    app.command(f"{__package__}.{_verb}:run", name=_verb, sort_key=_place)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `arguments` are those of the process unless given."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        _escape_what_cannot_be_printed()
        if not given or given[0] in app.help_flags:
            # The summaries of the verbs stand in their modules.
            app.resolved_commands()
        code = app(given)
        sys.stdout.flush()
        return code or exits.NOTHING_AGAINST
    except (CycloptsError, ChainruleError) as error:
        print(f"chainrule: {error}", file=sys.stderr)
        return exits.CANNOT_JUDGE
    except BrokenPipeError:
        _drop_output()
        return exits.NO_READER
    except OSError as error:
        _drop_output()
        what = error.filename or "the results cannot be written"
        print(f"chainrule: {what}: {str(error.strerror or error).lower()}", file=sys.stderr)
        return exits.CANNOT_JUDGE
    except KeyboardInterrupt:
        print("chainrule: interrupted: files that were not finished are as they were", file=sys.stderr)
        return exits.INTERRUPTED
    except Exception as error:
        print(f"chainrule: {defect(error)}", file=sys.stderr)
        return exits.CANNOT_JUDGE


def _escape_what_cannot_be_printed() -> None:
    """File names may hold bytes that are no text, and a terminal may know fewer characters than a sentence."""
    stdout: object = sys.stdout
    if isinstance(stdout, TextIOWrapper):
        cast(TextIOWrapper, stdout).reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """What is still buffered finds no place; the interpreter would complain when it flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
