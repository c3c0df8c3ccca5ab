"""Modules that are imported for what we never ask, loaded when somebody does ask."""

import sys
from importlib import import_module
from importlib.util import LazyLoader, find_spec, module_from_spec


def later(name: str) -> None:
    """Have `name` loaded when one of its attributes is first asked for.

    Nothing where there is no such module, or it was imported already.
    """
    parent, _, child = name.rpartition(".")
    spec = None if name in sys.modules else find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = LazyLoader(spec.loader)
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    if parent:
        setattr(import_module(parent), child, module)
