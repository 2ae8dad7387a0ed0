"""Files of a run's folder, by name.

    spec.toml or spec.json   the spec, byte for byte
    overrides.json           what the command line changed: [[path, value], ...]
    plan.json                the plan it became
    environment.json         versions, device, seed, and where the spec lay (`archc.run.origin`)
    archc_bodies             the bodies of the spec that the project recorded itself
    steps.jsonl              a line for each step
    epochs.jsonl             a line for each epoch
    weights.safetensors      of the best epoch, the spec in its header (`archc.run.weights_header`)
    last.safetensors         of the last step
    metrics.json             of the best and of the last epoch
    ended.json               why the run ended before that, where it could say so
    manifest.json            size and SHA-256 of these files, itself sealed (`archc.run.manifest`)

Each file appears whole or not at all; of the two that grow, a reader leaves out a last line that is cut off.
It imports nothing: a search for specs, which leaves runs out, is on the way of every cold start.
"""

from __future__ import annotations

from collections.abc import Collection

SPECS = ("spec.toml", "spec.json")
OVERRIDES = "overrides.json"
PLAN = "plan.json"
ENVIRONMENT = "environment.json"
BODIES = "archc_bodies"
STEPS = "steps.jsonl"
EPOCHS = "epochs.jsonl"
WEIGHTS = "weights.safetensors"
LAST_WEIGHTS = "last.safetensors"
METRICS = "metrics.json"
ENDED = "ended.json"
MANIFEST = "manifest.json"

UNMEASURED = frozenset(
    (*SPECS, OVERRIDES, PLAN, ENVIRONMENT, BODIES, STEPS, EPOCHS, LAST_WEIGHTS, ENDED, MANIFEST)
)
"""The files that a run may hold before its first epoch was measured."""


def is_run(names: Collection[str]) -> bool:
    """Tell whether a folder that holds files of these names is a run."""
    return PLAN in names and any(name in names for name in SPECS)
