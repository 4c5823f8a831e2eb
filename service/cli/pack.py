"""`chainrule pack`: an assignment as the archive that a platform runs."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ...schema import Assignment, UsageError, read
from ..atomic import replacing
from . import exits


def run(
    assignment: str,
    *,
    platform: Annotated[
        Literal["gradescope", "prairielearn"], Parameter(help="Which platform will run it.")
    ] = "gradescope",
    output: Annotated[str, Parameter(name=("-o", "--output"), help="The archive to write.")] = "autograder.zip",
    level: Annotated[int, Parameter(help="How much students see: 0 score, 1 states, 2 first error, 3 diagnosis.")] = 3,
    lang: Annotated[str, Parameter(help="Languages of texts, joined by commas: en, ko.")] = "en",
    vendor: Annotated[
        str | None, Parameter(help="A folder of wheels to install from, so that the platform needs no package index.")
    ] = None,
    variant_secret: Annotated[str | None, Parameter(help="File with the secret by which variants are drawn.")] = None,
) -> int:
    """Make the zip that is uploaded to Gradescope: setup.sh, run_autograder, the assignment, and what they need.

    For PrairieLearn it holds the question's `tests` folder, a Dockerfile, and the entry for info.json.

    For example:

    chainrule pack neuron.cr.json -o autograder.zip --lang en,ko
    """
    from ..grading.bundle import Bundle, bundle, wheels_in

    found = read(Path(assignment).read_bytes(), source=assignment, kind="assignment")
    assert isinstance(found, Assignment)
    secret = None if variant_secret is None else Path(variant_secret).read_bytes().strip()
    wheels = {} if vendor is None else wheels_in(Path(vendor))
    if platform == "prairielearn" and (secret is not None or wheels):
        raise UsageError("PrairieLearn draws variants itself (params) and runs an image: leave out these options")
    data = bundle(Bundle(found, level, lang, secret, wheels, platform))
    with replacing(Path(output)) as stream:
        stream.write(data)
    return exits.NOTHING_AGAINST
