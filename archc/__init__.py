"""archc compiles a declarative model spec, checked to the last shape, into a deployable network.

This front needs no torch: `read` a file into a `Document`, `compile_document` it into a `Spec` and a `Plan`
with every shape; faults are a `SpecError`. What needs torch is imported by module:
`archc.modules.materialize`, `archc.training`, `archc.export`; and `archc.runtime` needs onnxruntime alone.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # typing's own would be an import, and most of what `import archc` costs
if TYPE_CHECKING:
    from typing import Any

    from archc.files.errors import WorldError
    from archc.plan.compile import Compiled, compile_document
    from archc.plan.lower.model import lower
    from archc.plan.plan import Plan
    from archc.source.diagnostics.diagnostic import Diagnostic
    from archc.source.document.document import Document, SpecError, read, read_text
    from archc.source.document.load import load
    from archc.spec.document import Spec

__version__ = "0.1.0"

_HOMES = {
    "Compiled": "archc.plan.compile",
    "Diagnostic": "archc.source.diagnostics.diagnostic",
    "Document": "archc.source.document.document",
    "Plan": "archc.plan.plan",
    "Spec": "archc.spec.document",
    "SpecError": "archc.source.diagnostics.diagnostic",
    "WorldError": "archc.files.errors",
    "compile_document": "archc.plan.compile",
    "load": "archc.source.document.load",
    "lower": "archc.plan.lower.model",
    "read": "archc.source.document.document",
    "read_text": "archc.source.document.document",
}

__all__ = [
    "Compiled",
    "Diagnostic",
    "Document",
    "Plan",
    "Spec",
    "SpecError",
    "WorldError",
    "__version__",
    "compile_document",
    "load",
    "lower",
    "read",
    "read_text",
]


def __getattr__(name: str) -> Any:
    """The public names, each imported when it is first asked for: `import archc` alone costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'archc' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
