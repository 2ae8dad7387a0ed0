"""A spec's text as `archc validate` sees it: what is found in it, and its plan where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as File

from archc.bodies.project import project_folders
from archc.files.errors import WorldError
from archc.lsp.draft import Draft
from archc.lsp.drafting import drafted
from archc.plan.compile import checked
from archc.plan.plan import Plan
from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.discovery import CERTAIN, looks_like_spec
from archc.source.document.document import Document, SpecError, format_of, read_text
from archc.source.text.limits import BYTES
from archc.spec.document import Spec

_BOM = "\ufeff"
_KEPT = 6


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """The analysis of one text.

    `document` speaks of it, whatever it is; `world` is what else keeps it from being compiled, such as a
    recorded body that cannot be read.
    """

    document: Document
    spec: Spec | None
    plan: Plan | None
    found: tuple[Diagnostic, ...]
    world: WorldError | None = None


def is_spec(text: str, name: str) -> bool:
    """Return True where a text is a spec and no other TOML or JSON, by its file's name or first key."""
    lower = name.lower()
    return lower.endswith(CERTAIN) or (
        lower.endswith((".toml", ".json")) and looks_like_spec(text.removeprefix(_BOM)[:65_536], lower)
    )


@lru_cache(maxsize=_KEPT)
def analyzed(text: str, name: str) -> Analysis:
    """Analyze the text as it stands, unsaved as it may be; `name` is its file's."""
    try:
        document = read_text(text, name, format_of(name))
    except SpecError as error:
        return Analysis(error.document, None, None, error.diagnostics)
    try:
        result = checked(document)
    except WorldError as error:
        return Analysis(document, None, None, (), error)
    return Analysis(document, result.spec, result.plan, result.found)


@lru_cache(maxsize=_KEPT)
def draft_of(text: str, name: str) -> Draft:
    """Return the same text made out as far as may be; of one beyond the limits its beginning."""
    return drafted(text.removeprefix(_BOM)[:BYTES], format_of(name))


def folders_of(name: str) -> tuple[File, ...]:
    """Return where bodies of the project are looked for."""
    return project_folders(name)


def forget() -> None:
    """Forget what was kept of texts: the files that specs name may have changed."""
    analyzed.cache_clear()
