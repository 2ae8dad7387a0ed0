"""The beginning of a run: its folder appears with all that is known before the first step, or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from archc.files.atomic import sync_folder, write_text
from archc.files.errors import WorldError, from_os_error
from archc.files.hashing import fingerprint
from archc.files.json_text import as_json
from archc.files.path_part import path_part
from archc.run.folder import Run
from archc.run.layout import BODIES, ENVIRONMENT, MANIFEST, OVERRIDES, PLAN, STEPS
from archc.run.manifest import manifest_text
from archc.run.reclaim import hold, require_place, set_aside

_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EACCES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The record of how a run starts; `bodies` are the files of the project's own bodies, by their refs."""

    spec: str
    form: Literal["toml", "json"]
    plan: str
    environment: Mapping[str, Any]
    overrides: Sequence[tuple[str, Any]] = ()
    bodies: Mapping[str, str] = field(default_factory=dict)


def create_run(folder: Path, record: Record, *, reclaim: Callable[[str], None] | None = None) -> Run:
    """Create the run in `folder`, which must be empty or not there, and return it.

    The folder appears with its files or not at all, so that of two runs that want it one gets it.

    With `reclaim`, which is told, an earlier run that ended before its first epoch was measured is set aside;
    the new one is then locked against that until its `held` is released.

    Raises:
        WorldError: the folder is taken, is no place for a run, or cannot be written.
    """
    require_place(folder)
    run = _claim(folder, record)
    if run is None and reclaim is not None and (done := set_aside(folder)) is not None:
        reclaim(done)
        run = _claim(folder, record)
    if run is None:
        raise WorldError(
            f"`{folder}` exists and is not an empty folder",
            "name another with --run, or move that one away: a run never overwrites another",
        )
    return run


def next_run(runs: Path, name: str, record: Record) -> Run:
    """Create the run in the first free folder `<runs>/<name>-<n>`, n from 1. `WorldError` as above."""
    name = path_part(name, "run")
    number = 1 + max((_number(entry.name, name) for entry in _entries(runs)), default=0)
    while (run := _claim(runs / f"{name}-{number}", record)) is None:
        number += 1
    return run


def discard_untrained(run: Run) -> None:
    """Remove the folder of a run that has no weights: it must not stand in the way of the same command."""
    if not (run.weights.exists() or run.last_weights.exists()):
        shutil.rmtree(run.path, ignore_errors=True)


def release(held: BinaryIO | None) -> None:
    """Give up the lock of a run."""
    if held is not None:
        held.close()


def _claim(folder: Path, record: Record) -> Run | None:
    """Create the run and return it; None where the folder is taken. All its files appear together."""
    spec = f"spec.{record.form}"
    made = folder.with_name(f".{folder.name}.{secrets.token_hex(6)}")
    held: BinaryIO | None = None
    try:
        made.mkdir(parents=True)
        write_text(made / spec, record.spec)
        write_text(made / PLAN, record.plan)
        write_text(made / OVERRIDES, as_json(list(record.overrides), 1) + "\n")
        write_text(made / ENVIRONMENT, as_json(record.environment, 1) + "\n")
        _write_bodies(made / BODIES, record.bodies)
        _write_manifest(made)  # it lists no file that grows
        held = hold(made / STEPS)
        if _renamed(made, folder):
            return Run(folder, spec, held)
        release(held)
        return None
    except OSError as error:
        raise from_os_error("create", folder, error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _write_bodies(folder: Path, bodies: Mapping[str, str]) -> None:
    """Write the bodies where the run's spec looks for them, wherever the run is moved to."""
    for ref, text in bodies.items():
        path = folder / f"{ref}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)


def _write_manifest(folder: Path) -> None:
    """List all files that are in `folder`."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    found = {path.relative_to(folder).as_posix(): fingerprint(path) for path in paths}
    files = {name: facts for name, facts in found.items() if facts is not None}
    write_text(folder / MANIFEST, manifest_text(files, {}))


def _renamed(made: Path, folder: Path) -> bool:
    if os.name == "nt":  # there a folder is not renamed onto an empty one
        with contextlib.suppress(OSError):
            folder.rmdir()
    try:
        made.rename(folder)
    except OSError as error:
        if error.errno in _TAKEN and folder.exists():
            return False
        raise
    sync_folder(folder.parent)
    return True


def _entries(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        yield from folder.iterdir()


def _number(entry: str, name: str) -> int:
    number = entry.removeprefix(f"{name}-")
    return int(number) if entry.startswith(f"{name}-") and number.isascii() and number.isdigit() else 0
