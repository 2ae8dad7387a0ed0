"""The catalog of bodies: records by their refs, those that come with archc and those of a project."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from archc.bodies.body import IMAGE, BodyNode, BodyRecord, PublishedWeights, Stage, UnknownCut
from archc.bodies.reading import read_record, require_intact
from archc.files.errors import WorldError, from_os_error
from archc.files.within import stays_within
from archc.source.diagnostics.suggest import nearest

__all__ = [
    "IMAGE",
    "BodyNode",
    "BodyRecord",
    "PublishedWeights",
    "Stage",
    "UnknownBody",
    "UnknownCut",
    "find",
    "names",
]

SHIPPED = Path(__file__).resolve().parent / "data"

_REF = re.compile(r"[a-z0-9_]{1,40}/[A-Za-z0-9_][A-Za-z0-9_.\-]{0,119}")
_LARGEST = 1 << 20  # bytes; the largest of torchvision's is 100 KB


class UnknownBody(Exception):
    """A ref that no record has.

    Attributes:
        near: the ref that was perhaps meant.
    """

    def __init__(self, ref: str, near: str | None) -> None:
        self.message = f"there is no body `{ref}`"
        super().__init__(self.message)
        self.ref, self.near = ref, near

    @property
    def help(self) -> str:
        """Return what to do about it."""
        if self.recordable:
            return f"`archc record {self.ref}` records it into the project, beside the spec or above it"
        if self.near:
            return f"did you mean `{self.near}`?"
        return "`archc bodies` lists what there is; `archc record` adds a library's model to the project"

    @property
    def recordable(self) -> bool:
        """Return whether it is a name in a library that archc records from on demand."""
        return self.ref.startswith("timm/") and _REF.fullmatch(self.ref) is not None


def find(ref: str, search: tuple[Path, ...] = ()) -> BodyRecord:
    """Return the record of a body: one that comes with archc, else the first in the folders `search`.

    Raises:
        UnknownBody: there is none.
        WorldError: a project's record cannot be read, lies elsewhere by a link, or is not a valid record.
    """
    if _REF.fullmatch(ref):
        if record := shipped(ref):
            return record
        if (path := project_file(ref, search)) is not None:
            return _of_project(path, ref)
    raise UnknownBody(ref, _near(ref, names(search)))


def project_file(ref: str, search: tuple[Path, ...]) -> Path | None:
    """Return the file of a body that the project recorded; None for one of archc's, or where none is.

    Raises:
        WorldError: the file leads out of its folder.
    """
    if _REF.fullmatch(ref) is None or (SHIPPED / f"{ref}.json").is_file():
        return None
    for folder in search:
        path = folder / f"{ref}.json"
        if path.is_file():
            stays_within(folder, path)
            return path
    return None


@lru_cache(maxsize=256)
def shipped(ref: str) -> BodyRecord | None:
    """Return the record of a body that comes with archc; None for any other."""
    if _REF.fullmatch(ref) is None or not (SHIPPED / f"{ref}.json").is_file():
        return None
    path = SHIPPED / f"{ref}.json"
    raw = path.read_bytes()
    require_intact(raw, path, "install archc again")
    record = read_record(raw.decode("utf-8"), str(path), trusted=True)
    return record if record.ref == ref else None  # a disk may not tell letters' cases apart


def names(search: tuple[Path, ...] = ()) -> tuple[str, ...]:
    """Return the refs of all bodies that come with archc, then those of the folders `search`."""
    found = dict.fromkeys(_listed(SHIPPED))
    for folder in search:
        found |= dict.fromkeys(_listed(folder))
    return tuple(found)


def _listed(folder: Path) -> list[str]:
    refs = (f"{path.parent.name}/{path.stem}" for path in folder.glob("*/*.json"))
    return sorted(ref for ref in refs if _REF.fullmatch(ref))


def _near(ref: str, known: tuple[str, ...]) -> str | None:
    """Return the known ref that `ref` is meant for; its library may be left out."""
    by_name = {name.partition("/")[2]: name for name in reversed(known)}
    word = ref.rpartition("/")[2]
    return nearest(ref, known) or by_name.get(nearest(word, by_name) or "")


def _of_project(path: Path, ref: str) -> BodyRecord:
    try:
        status = path.stat()
        record = _read_once(path, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise from_os_error("read", path, error) from error
    except UnicodeDecodeError as error:
        raise WorldError(f"`{path}` is not a record of a body: it is not UTF-8") from error
    if record.ref != ref:
        raise WorldError(f"`{path}` is the record of `{record.ref}`, not of `{ref}`", f"archc record {ref}")
    return record


@lru_cache(maxsize=128)
def _read_once(path: Path, changed: int, size: int) -> BodyRecord:
    """Return the record in a project's file, read again when the file has changed."""
    with path.open("rb") as file:  # what a file says of its size need not be true
        raw = file.read(_LARGEST + 1)
    if max(size, len(raw)) > _LARGEST:
        raise WorldError(
            f"`{path}` is not a record of a body: it is larger than the {_LARGEST:,} bytes that one may have"
        )
    record = read_record(raw.decode("utf-8"), str(path), trusted=False)
    require_intact(raw, path, f"`archc record {record.ref}` records it again")
    return record
