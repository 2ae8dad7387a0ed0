"""Document to `Spec`, or every fault of its structure at once."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from archc.source.diagnostic import Diagnostic, Fix, Label, SpecError

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

    from archc.source.document import Document
    from archc.source.text import Path
    from archc.spec.document import Spec

KeysAt = Callable[["Path", dict[str, Any]], tuple[str, ...]]
DocOf = Callable[["Path", dict[str, Any]], str]

VERSION = 1


def language_keys(path: Path, data: dict[str, Any]) -> tuple[str, ...]:
    from archc.spec.keys import keys_at

    return keys_at(path, data)


def _language_doc(path: Path, data: dict[str, Any]) -> str:
    from archc.spec.keys import doc_of

    return doc_of(path, data)


def _no_doc(path: Path, data: dict[str, Any]) -> str:
    return ""


def load(
    document: Document, *, validator: SchemaValidator | None = None, keys_at: KeysAt = language_keys
) -> Spec:
    """The document as a Spec. Raises SpecError with all faults.

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
        from archc.source.structure import Structure

        doc_of = _language_doc if keys_at is language_keys else _no_doc
        found = Structure(document, validator, keys_at, doc_of).diagnostics(error.errors(include_url=False))
        raise SpecError(found, document) from None
    return spec


def other_version(
    data: dict[str, Any], *, steps: Collection[int] | None = None, to: int = VERSION
) -> Diagnostic | None:
    """A fault of the version key that is there. Nothing else is checked then: it may mean other things.

    `steps` are the versions that `archc migrate` leads on from.
    """
    version = data.get("archc", VERSION)
    label = Label(("archc",))
    if isinstance(version, bool) or not isinstance(version, int):
        from archc.source.wording import described

        message = f"`archc`: expected an integer, found {described(version)}"
        fix = Fix("replace", ("archc",), VERSION) if str(version) in (f"{VERSION}", f"{VERSION}.0") else None
        return Diagnostic("ARC103", message, (label,), (f"write: archc = {VERSION}",), fix=fix)
    if version == to:
        return None
    message = f"the spec is written in version {version} of the language; this archc reads {to}"
    return Diagnostic("ARC106", message, (label,), (_remedy(version, steps, to),))


def _remedy(version: int, steps: Collection[int] | None, to: int) -> str:
    if version > to:
        return "install a newer archc"
    from archc.source.migrate import STEPS

    known = STEPS if steps is None else steps
    if all(each in known for each in range(version, to)):
        return "`archc migrate` rewrites it, comments kept"
    first = min(known, default=to)
    return f"the first version is {first}"
