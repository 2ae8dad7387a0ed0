"""Document to `Spec`, or every fault of its structure at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archc.source.diagnostic import Diagnostic, Label, SpecError

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

    from archc.source.document import Document
    from archc.source.text import Path
    from archc.spec.document import Spec

KeysAt = Callable[["Path", dict[str, Any]], tuple[str, ...]]

VERSION = 1


def _language_keys(path: Path, data: dict[str, Any]) -> tuple[str, ...]:
    from archc.spec.keys import keys_at

    return keys_at(path, data)


def load(
    document: Document, *, validator: SchemaValidator | None = None, keys_at: KeysAt = _language_keys
) -> Spec:
    """The document as a Spec. Raises SpecError with all faults.

    `validator` and `keys_at` stand in for the language's own.
    """
    if validator is None:
        from archc.spec.grammar import validator as compiled

        validator = compiled()
    from pydantic_core import ValidationError

    if unreadable := _other_version(document.data):
        raise SpecError((unreadable,), document)
    try:
        spec: Spec = validator.validate_python(document.data)
    except ValidationError as error:
        from archc.source.structure import Structure

        found = Structure(document, validator, keys_at).diagnostics(error.errors(include_url=False))
        raise SpecError(found, document) from None
    return spec


def _other_version(data: dict[str, Any]) -> Diagnostic | None:
    """A fault of the version key that is there. Nothing else is checked then: it may mean other things."""
    version = data.get("archc", VERSION)
    label = Label(("archc",))
    if isinstance(version, bool) or not isinstance(version, int):
        from archc.source.wording import described

        message = f"`archc`: expected an integer, found {described(version)}"
        return Diagnostic("ARC103", message, (label,), (f"write: archc = {VERSION}",))
    if version == VERSION:
        return None
    message = f"the spec is written in version {version} of the language; this archc reads {VERSION}"
    newer = "install a newer archc" if version > VERSION else f"the first version is {VERSION}"
    return Diagnostic("ARC106", message, (label,), (newer,))
