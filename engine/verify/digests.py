"""The digests of a verified document, made once: probes are drawn from them, and the report states them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ...schema import Graph
from ...schema.digest import document_digest, graph_digest, shape_digest


@dataclass(frozen=True)
class Digests:
    """The three digests of one graph document, as texts."""

    of: Graph

    @cached_property
    def document(self) -> str:
        """Of all that it writes."""
        return document_digest(self.of)

    @cached_property
    def graph(self) -> str:
        """Of its graph alone."""
        return graph_digest(self.of)

    @cached_property
    def shape(self) -> str:
        """Of its graph up to the names of inner nodes."""
        return shape_digest(self.of)
