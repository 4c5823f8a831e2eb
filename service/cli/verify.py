"""`chainrule verify`: a verdict on every number."""

from typing import Annotated, Literal

from cyclopts import Parameter

from ...engine.verify import Budget, Policy
from ...schema import UsageError
from ..sources import sources as sources_of
from . import exits
from .inputs import inputs, named_values
from .jobs import told_of
from .options import Expression, Output, Sources
from .progress import progress, stepped
from .verdicts import Asked, verdicts_as


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
    jobs: Annotated[int, Parameter(help="Judge documents in so many processes; what is said does not change.")] = 1,
    output: Output = "text",
) -> int:
    """Judge every number that documents state: proved, consistent, undecided or refuted.

    Exit code 0: nothing against them; 1: something refuted; 2: something cannot be judged; 3: something undecided.

    For example:

    chainrule verify --detail all neuron.cr.json
    """
    if jobs < 1:
        raise UsageError(f"{jobs} processes judge nothing: give --jobs a number from 1 on")
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
    asked = Asked(output, policy, detail, plot)
    verdicts = verdicts_as(output)
    codes: list[int] = []
    with progress("documents", lines=output == "text") as step:
        for told in stepped(told_of(given, claims, asked, jobs=jobs), step):
            verdicts.say(told)
            codes.append(told.code)
    verdicts.close()
    return exits.worst(codes)
