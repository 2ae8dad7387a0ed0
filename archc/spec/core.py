"""pydantic_core's compiled half alone.

The package's `__init__` imports names for type annotations from `core_schema` and `typing_extensions`, which
takes fifteen times as long as the compiled module and is more than all else that a cold `archc validate`
imports. Where the package is there already, or is laid out otherwise, it is what is used.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Any

_PACKAGE, _COMPILED = "pydantic_core", "pydantic_core._pydantic_core"


@cache
def pydantic_core() -> Any:
    """Return the module with `SchemaValidator`, `ValidationError` and `__version__`.

    The classes are those of the package: should it be imported later, it finds this very module.
    """
    if _PACKAGE not in sys.modules and (alone := sys.modules.get(_COMPILED) or _alone()) is not None:
        return alone
    import pydantic_core

    return pydantic_core


def _alone() -> Any:
    """Return the compiled module, loaded as Python's import would; None where it is not at its place."""
    package = PathFinder.find_spec(_PACKAGE)
    if package is None:
        return None
    found = PathFinder.find_spec(_COMPILED, package.submodule_search_locations)
    if found is None or found.loader is None:
        return None
    module = module_from_spec(found)
    sys.modules[_COMPILED] = module
    try:
        found.loader.exec_module(module)
    except BaseException:
        del sys.modules[_COMPILED]
        raise
    return module
