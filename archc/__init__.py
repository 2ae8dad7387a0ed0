"""archc compiles a declarative model spec, checked to the last shape, into a deployable network.

    import archc

    model = archc.compile("specs/digits.toml")         # no torch; SpecError shows every fault
    print(model)                                       # the layer table; a notebook draws it
    for event in model.fit(run="runs/digits"): ...     # a run folder; an event for each step and epoch
    model.export("digits.onnx")                        # proven equal to torch before it appears
    archc.open("digits.onnx").predict("seven.png")     # onnxruntime alone

`docs/python.md` has the whole of it, `docs/stability.md` what is promised. Every name is imported when it is
first asked for.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own would be an import, and most of what `import archc` costs
if TYPE_CHECKING:
    from typing import Any

    from archc.files.errors import WorldError
    from archc.files.version import __version__
    from archc.front.compiled import CompiledModel, compile
    from archc.front.network import model
    from archc.front.opening import Run, open
    from archc.front.prediction import Prediction
    from archc.front.session import Session
    from archc.plan.plan import Plan
    from archc.source.diagnostics.diagnostic import Diagnostic
    from archc.source.document.document import Document, SpecError
    from archc.spec.document import Spec
    from archc.training import events
    from archc.training.progress import show

_HOMES = {
    "__version__": "archc.files.version",
    "CompiledModel": "archc.front.compiled",
    "Diagnostic": "archc.source.diagnostics.diagnostic",
    "Document": "archc.source.document.document",
    "Plan": "archc.plan.plan",
    "Prediction": "archc.front.prediction",
    "Run": "archc.front.opening",
    "Session": "archc.front.session",
    "Spec": "archc.spec.document",
    "SpecError": "archc.source.document.document",
    "WorldError": "archc.files.errors",
    "compile": "archc.front.compiled",
    "events": "archc.training",
    "model": "archc.front.network",
    "open": "archc.front.opening",
    "show": "archc.training.progress",
}

__all__ = [
    "compile",
    "open",
    "model",
    "show",
    "events",
    "CompiledModel",
    "Run",
    "Session",
    "Prediction",
    "Spec",
    "Plan",
    "Document",
    "Diagnostic",
    "SpecError",
    "WorldError",
    "__version__",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: `import archc` alone costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'archc' has no attribute {name!r}")
    from importlib import import_module  # a fifth of `import archc`, which may need none of them

    if name == "events":
        return import_module("archc.training.events")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
