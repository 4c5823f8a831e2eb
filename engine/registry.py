"""The op set as found in the family files: what is declared there is registered, nothing by hand."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from . import ops
from .rule import Rule

#: Version of the core op set that these declarations are.
CORE = 1


def _declared() -> dict[str, tuple[str, Rule]]:
    found: dict[str, tuple[str, Rule]] = {}
    for family in sorted(module.name for module in iter_modules(ops.__path__)):
        module = import_module(f"{ops.__name__}.{family}")
        # Bodies are drawn with ops of other families, which stand in a family's module as well.
        named = (value for value in vars(module).values() if isinstance(value, Rule))
        rules = (rule for rule in named if rule.forward.__module__ == module.__name__)
        found.update((rule.name, (family, rule)) for rule in rules)
    return found


_FOUND = _declared()

#: Name of the op -> its rule.
OPS: Mapping[str, Rule] = MappingProxyType({name: rule for name, (_, rule) in _FOUND.items()})

#: Name of the op -> the family file that declares it.
FAMILY_OF: Mapping[str, str] = MappingProxyType({name: family for name, (family, _) in _FOUND.items()})
