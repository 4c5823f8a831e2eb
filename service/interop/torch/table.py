"""The calls of torch that have a counterpart, as found in the family files: nothing is registered by hand."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from . import families
from .calls import DECLARED, Lowering

for _family in sorted(module.name for module in iter_modules(families.__path__)):
    import_module(f"{families.__name__}.{_family}")

#: torch's name of a function (`add`, `nn.functional.conv2d`, `linalg.norm`, `__getitem__`) -> what it becomes.
CALLS: Mapping[str, Lowering] = MappingProxyType(DECLARED)
