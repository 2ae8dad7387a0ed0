"""The manifest of a run: which files archc wrote into it, by size and SHA-256.

`manifest.json` is sealed itself. `files` lists what lies in the run; `writing` the weights that are about to
take their place: they are listed before, so that a run which is killed at any moment holds no weights that
its manifest does not know. Weights are listed by the digest that stands in them (`archc.files.seal`), other
files by that of their bytes. `steps.jsonl` and `epochs.jsonl` grow while a run goes on and are listed when it
ends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archc.files.errors import WorldError, from_os_error
from archc.files.hashing import Fingerprint, fingerprint
from archc.files.regular import open_regular
from archc.files.seal import KEY, UNSEALED, json_is_intact, sealed_json
from archc.run.layout import ENVIRONMENT, LAST_WEIGHTS, MANIFEST, OVERRIDES, PLAN, SPECS, WEIGHTS

FORMAT = 1

_LARGEST = 1 << 20  # bytes of a manifest
MODIFIED = "if it was changed on purpose, --modified takes the run as it is"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of a run by their paths in it, and the one that is being written."""

    files: Mapping[str, Fingerprint]
    writing: Mapping[str, Fingerprint]

    def versions(self, name: str) -> tuple[Fingerprint, ...]:
        """Return what the file `name` may be."""
        return tuple(part[name] for part in (self.files, self.writing) if name in part)


def spec_of_run(folder: Path, *, modified: bool = False) -> Path:
    """Return the path of a run's spec, after checking the run's files unless `modified`.

    Raises:
        WorldError: the folder is no run, or a file of it is not as archc wrote it.
    """
    for name in SPECS:
        if (folder / name).is_file() and (folder / PLAN).is_file():
            if not modified:
                require_intact(folder, name)
            return folder / name
    raise WorldError(
        f"`{folder}` is not a run",
        "a run is a folder that archc train wrote: it holds a spec and plan.json",
    )


def require_intact(folder: Path, spec: str) -> None:
    """Raise `WorldError` where a file of a run, weights left aside, is not as its manifest says."""
    listed = read_manifest(folder).files
    for name in (spec, PLAN, OVERRIDES, ENVIRONMENT):
        if name not in listed:
            raise _changed(folder / name, "is not a file of this run's manifest")
    for name, facts in listed.items():
        if name not in (WEIGHTS, LAST_WEIGHTS) and fingerprint(folder / name) != facts:
            raise _changed(folder / name, "is not as archc wrote it: it is damaged, or edited by hand")


def require_weights(folder: Path, name: str, digest: str) -> None:
    """Raise `WorldError` where the weights `name`, which hold this digest, are not those of the run."""
    if all(digest != facts.sha256 for facts in read_manifest(folder).versions(name)):
        raise _changed(folder / name, "is not the file that this run wrote")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the run in `folder`. `WorldError` where there is none, or it is damaged."""
    path = folder / MANIFEST
    if not path.exists():
        raise WorldError(
            f"`{folder}` has no {MANIFEST}, which tells whether its files are as archc wrote them",
            "copy the run again; if an older archc wrote it, --modified takes it as it is",
        )
    try:
        with open_regular(path) as file:
            raw = file.read(_LARGEST)
    except OSError as error:
        raise from_os_error("read", path, error) from error
    try:
        if not json_is_intact(raw):
            raise ValueError(raw)
        told = json.loads(raw)
        return Manifest(_listed(told["files"]), _listed(told["writing"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _changed(path, "is not as archc wrote it: it is damaged, or edited by hand") from error


def manifest_text(files: Mapping[str, Fingerprint], writing: Mapping[str, Fingerprint]) -> str:
    """Return the text of a manifest, sealed; a line for each file."""
    told = {"files": _lines(files), "writing": _lines(writing)}
    parts = "".join(f'"{name}": {{{lines}}},\n' for name, lines in told.items())
    return sealed_json(f'{{\n"format": {FORMAT},\n{parts}"{KEY}": "{UNSEALED}"\n}}\n')


def _lines(files: Mapping[str, Fingerprint]) -> str:
    rows = (
        f"{json.dumps(name)}: {json.dumps({'bytes': facts.bytes, 'sha256': facts.sha256})}"
        for name, facts in sorted(files.items())
    )
    return "\n" + ",\n".join(rows) + "\n" if files else ""


def _listed(told: Mapping[str, Any]) -> dict[str, Fingerprint]:
    return {str(name): Fingerprint(int(row["bytes"]), str(row["sha256"])) for name, row in told.items()}


def _changed(path: Path, what: str) -> WorldError:
    return WorldError(f"`{path}` {what}", f"copy the run again; {MODIFIED}")
