"""`chainrule verify`: a verdict on every number."""

from typing import Annotated, Literal

from cyclopts import Parameter

from ...engine.verify import Budget, Policy
from ...engine.verify.report import overall, verify
from ...schema import ChainruleError
from ..sources import sources as sources_of
from . import exits
from .inputs import inputs, named_values
from .options import Expression, Output, Sources
from .progress import progress, stepped
from .reading import named
from .subjects import Refusal, Subject, subjects
from .verdicts import Verdicts, verdicts_as

_CODES = {
    "proved": exits.NOTHING_AGAINST,
    "consistent": exits.NOTHING_AGAINST,
    "undecided": exits.UNDECIDED,
    "refuted": exits.REFUTED,
}


def run(
    *sources: Sources,
    expr: Expression = None,
    annotations: Annotated[
        str | None, Parameter(help="Judge the claims of this document (or of these lines) instead of the graphs' own.")
    ] = None,
    judge: Annotated[
        Literal["both", "local", "global"],
        Parameter(help="What decides: that a number follows from those beside it (local), from the inputs (global)."),
    ] = "both",
    detail: Annotated[
        Literal["findings", "all"], Parameter(help="all: every number with its evidence, and all finite differences.")
    ] = "findings",
    effort: Annotated[
        Literal["quick", "standard", "thorough"], Parameter(help="How much work one document may cost.")
    ] = "standard",
    seed: Annotated[
        list[str] | None, Parameter(help="NAME=VALUE: the seed that the task asks for on this output.", negative="")
    ] = None,
    method: Annotated[
        Literal["local", "balls", "complex-step", "finite-difference", "rule-free"] | None,
        Parameter(help="Hear this one method alone."),
    ] = None,
    kinks: Annotated[
        str, Parameter(help="At kinks: any-subgradient, unique-only, or convention:NAME (zero torch jax first split).")
    ] = "any-subgradient",
    probe_seed: Annotated[
        str | None, Parameter(help="Draw the probes that an earlier report recorded: STREAM:SEED, joined by commas.")
    ] = None,
    budget: Annotated[
        str | None,
        Parameter(help="At most so much, besides the effort: milliseconds=N,evaluations=N,memory=BYTES, any of them."),
    ] = None,
    plot: Annotated[
        bool, Parameter(help="Draw the error of finite differences over the step, for every leaf.", negative="")
    ] = False,
    output: Output = "text",
) -> int:
    """Judge every number that documents state: proved, consistent, undecided or refuted.

    Exit code 0: nothing against them; 1: something refuted; 2: something cannot be judged; 3: something undecided.

    For example:

    chainrule verify --detail all neuron.cr.json
    """
    given = inputs("verify", sources, expr)
    claims = None if annotations is None else sources_of([annotations])
    policy = Policy(
        judge=judge,
        kinks=kinks,
        effort=effort,
        method=method,
        seeds=named_values(seed or []),
        probe_seed=probe_seed,
        budget=None if budget is None else Budget.read(budget),
    )
    verdicts = verdicts_as(output, policy, detail, plot=plot)
    with progress("documents", lines=output == "text") as step:
        judgeable = stepped(subjects(given, claims), step)
        code = exits.worst([_judged(found, verdicts, policy, detail) for found in judgeable])
    verdicts.close()
    return code


def _judged(found: Subject | Refusal, verdicts: Verdicts, policy: Policy, detail: str) -> int:
    if isinstance(found, Refusal):
        verdicts.refused(found)
        return exits.CANNOT_JUDGE
    try:
        with named(found.name):
            report = verify(found.graph, policy, detail=detail, digests=found.digests)
    except ChainruleError as error:
        verdicts.refused(Refusal(error, found.digests, found.many))
        return exits.CANNOT_JUDGE
    verdicts.judged(found, report)
    return _CODES[overall(report)]
