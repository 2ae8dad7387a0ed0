"""The header of a run's weight file: the file alone is enough to build its model again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from archc.files.errors import WorldError
from archc.files.json_text import as_json
from archc.files.seal import KEY
from archc.run.folder import Run
from archc.run.manifest import MODIFIED, require_weights

_SPEC, _OVERRIDES, _VERSION = "archc.spec", "archc.overrides", "archc.version"
_CLASSES, _TARGETS = "archc.classes", "archc.targets"
Classes = tuple[str, ...]


def weights_header(
    run: Run, version: str, classes: Classes, targets: Mapping[str, Classes]
) -> dict[str, str]:
    """Return the header of the run's weights; `targets` are the class names of each, by its name."""
    return {
        _SPEC: run.spec.read_text("utf-8"),
        _OVERRIDES: run.overrides.read_text("utf-8"),
        _VERSION: version,
        _CLASSES: as_json(classes),
        _TARGETS: as_json(targets),
    }


def found_classes(header: Mapping[str, str]) -> dict[str, Classes]:
    """Return the class names that training found in folders and tables, by the names of its targets.

    A file from before there were several targets has the only one's, which has no name there.
    """
    if _TARGETS in header:
        found = json.loads(header[_TARGETS])
    else:
        found = {"": json.loads(header[_CLASSES])} if _CLASSES in header else {}
    return {name: tuple(map(str, names)) for name, names in found.items()}


def require_own(run: Run, weights: Path, header: Mapping[str, str]) -> None:
    """Raise `WorldError` where the weights are of another run, or of another spec.

    The manifest is read after the weights: of a run that is still going on it knows them by then.
    """
    require_weights(run.path, weights.name, header.get(KEY, ""))
    for key, path in ((_SPEC, run.spec), (_OVERRIDES, run.overrides)):
        if header.get(key) != path.read_text("utf-8"):
            raise WorldError(
                f"`{weights}` was trained by another spec than `{path}`", f"copy the run again; {MODIFIED}"
            )
