"""Document to `Spec`, or every fault of its structure at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archc.source.document.document import SpecError
from archc.source.document.version import other_version

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

    from archc.source.document.document import Document
    from archc.source.text.spans import Path
    from archc.spec.document import Spec
    from archc.spec.keys import KeysAt


def language_keys(path: Path, data: dict[str, Any]) -> tuple[str, ...]:
    from archc.spec.keys import keys_at

    return tuple(keys_at(path, data))


def _language_doc(path: Path, data: dict[str, Any]) -> str:
    from archc.spec.keys import doc_of

    return doc_of(path, data)


def _no_doc(path: Path, data: dict[str, Any]) -> str:
    return ""


def load(
    document: Document, *, validator: SchemaValidator | None = None, keys_at: KeysAt = language_keys
) -> Spec:
    """Return the document as a Spec. Raises SpecError with all faults.

    `validator` and `keys_at` stand in for the language's own.
    """
    if validator is None:
        from archc.spec.grammar import validator as compiled

        validator = compiled()
    from archc.spec.core import pydantic_core

    if unreadable := other_version(document.data):
        raise SpecError((unreadable,), document)
    try:
        spec: Spec = validator.validate_python(document.data)
    except pydantic_core().ValidationError as error:
        from archc.source.document.structure import Structure

        doc_of = _language_doc if keys_at is language_keys else _no_doc
        found = Structure(document, validator, keys_at, doc_of).diagnostics(error.errors(include_url=False))
        raise SpecError(found, document) from None
    return spec
