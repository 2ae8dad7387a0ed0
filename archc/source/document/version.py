"""The version of the language that a spec is written in, and the steps that lead on from an older one.

A version that renames or removes a key ships a step: a function from a document of the version before to
edits (`edit.Edit`), which leave all else as it stands. `migrate`, beside this file, takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from archc.source.diagnostics.diagnostic import Diagnostic, Fix, Label

if TYPE_CHECKING:
    from archc.source.document.document import Document
    from archc.source.document.edit import Edit

VERSION = 1

Migration = Callable[["Document"], "tuple[Edit, ...]"]

STEPS: dict[int, Migration] = {}
"""From each older version to the next. None yet: version 1 is the first."""


def other_version(
    data: dict[str, Any], *, steps: Collection[int] | None = None, to: int = VERSION
) -> Diagnostic | None:
    """Return the fault of a version key that is there.

    Nothing else is checked then: other keys may mean other things.

    `steps` are the versions that `archc migrate` leads on from.
    """
    version = data.get("archc", VERSION)
    label = Label(("archc",))
    if isinstance(version, bool) or not isinstance(version, int):
        from archc.source.document.wording import described

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
    known = STEPS if steps is None else steps
    if all(each in known for each in range(version, to)):
        return "`archc migrate` rewrites it, comments kept"
    first = min(known, default=to)
    return f"the first version is {first}"
