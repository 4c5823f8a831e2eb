"""Arguments and options that verbs share."""

from typing import Annotated, Literal

from cyclopts import Parameter

Sources = Annotated[
    str,
    Parameter(
        help="Files, folders (searched for *.cr.json and *.cr.jsonl, also .gz, and *.cr.safetensors), patterns, or - "
        "for standard input. "
        "With --expr: NAME=VALUE for each input.",
        allow_leading_hyphen=True,  # or a lone - would be taken for an option
    ),
]

Expression = Annotated[
    str | None,
    Parameter(name="--expr", help="Build the graph from an expression instead.", allow_leading_hyphen=True),
]

Output = Annotated[
    Literal["text", "json", "ndjson"],
    Parameter(help="text: for people; json: one document, or an array of several; ndjson: one a line."),
]

Destination = Annotated[
    str | None,
    Parameter(
        name=("-o", "--out"),
        help="Write to this file; it is replaced only when everything is written.",
        allow_leading_hyphen=True,
    ),
]

InPlace = Annotated[
    bool,
    Parameter(name=("-i", "--in-place"), negative="", help="Rewrite each file where it stands."),
]

Kinks = Annotated[
    Literal["zero", "torch", "jax", "first", "split"],
    Parameter(help="What to take where an op has no derivative."),
]
