"""What a document is: reading, checking, writing and naming it. Knows op names, and nothing of what ops compute."""

from .annotation import Annotations
from .assignment import Assignment
from .attaching import attach
from .blob import Resolver, folder
from .canonical import canonical
from .digest import bytes_digest, document_digest, graph_digest, shape_digest
from .document import Document, Graph, Rounding
from .errors import ChainruleError, DocumentError, MissingExtra, UsageError
from .expansion import Box, Expansion, expand
from .function import Function, Group
from .grade import Grade
from .inlining import inline
from .jsonschema import json_schema
from .limits import DEFAULT, SERVICE, Limits
from .node import LEAVES, Node, Output
from .number import Raw
from .problem import CODES, Problem
from .reading import read, read_lines
from .report import Report
from .structure import Structure
from .writing import dump

__all__ = [
    "CODES",
    "DEFAULT",
    "LEAVES",
    "SERVICE",
    "Annotations",
    "Assignment",
    "Box",
    "ChainruleError",
    "Document",
    "DocumentError",
    "Expansion",
    "Function",
    "Grade",
    "Graph",
    "Group",
    "Limits",
    "MissingExtra",
    "Node",
    "Output",
    "Problem",
    "Raw",
    "Report",
    "Resolver",
    "Rounding",
    "Structure",
    "UsageError",
    "attach",
    "bytes_digest",
    "canonical",
    "document_digest",
    "dump",
    "expand",
    "folder",
    "graph_digest",
    "inline",
    "json_schema",
    "read",
    "read_lines",
    "shape_digest",
]
