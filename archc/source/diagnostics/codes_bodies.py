"""Codes of bodies that a spec writes itself."""

from __future__ import annotations

from archc.source.diagnostics.code_entry import Code

BODIES: dict[str, Code] = {
    "ARC240": Code(
        "body-form",
        "a body is neither a library's nor written out, or both",
        "A body is named by `ref` or written as `stages`; `init` is for stages, a library starts its own.",
        "One of the two would be ignored.",
        "Keep one: `ref`, or `stages`.",
    ),
    "ARC241": Code(
        "stage-name",
        "a stage of a body has a name that cannot be used",
        "A stage's name is part of the paths of its parameters, and cuts and skips call it by it: letters,"
        " digits and _, not beginning with a digit, once in the body.",
        "Two parts of one name would be one part.",
        "Choose another name.",
    ),
}
