"""The manifest of a run while it is being written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archc.files.atomic import write_text
from archc.files.hashing import Fingerprint, fingerprint
from archc.run.layout import MANIFEST
from archc.run.manifest import manifest_text, read_manifest


class Ledger:
    """Keeps a run's manifest ahead of its weights: a kill between any two writes leaves both in accord."""

    def __init__(self, folder: Path) -> None:
        """Go on from the manifest in `folder`. `WorldError` where there is none."""
        self._folder = folder
        found = read_manifest(folder)
        self._files, self._writing = dict(found.files), dict(found.writing)

    def announce(self, name: str, size: int, digest: str) -> None:
        """List the file `name`, which is about to take its place; the one it replaces stays listed meanwhile.

        Raises:
            WorldError: the manifest cannot be written.
        """
        self._writing[name] = Fingerprint(size, digest)
        self._write()

    def settle(self, name: str) -> None:
        """Take the file `name` for written; the manifest says so when it is next written."""
        self._files[name] = self._writing.pop(name)

    def close(self, names: Sequence[str]) -> None:
        """List what the run ends with: the files `names` that are there beside those that were announced."""
        found = {name: fingerprint(self._folder / name) for name in names}
        self._files |= {name: facts for name, facts in found.items() if facts is not None}
        self._write()

    def _write(self) -> None:
        write_text(self._folder / MANIFEST, manifest_text(self._files, self._writing))
