"""ARC1xx: keys, types and values of the document's tables."""

from __future__ import annotations

from archc.source.diagnostics.code_entry import Code

STRUCTURE: dict[str, Code] = {
    "ARC101": Code(
        "unknown-key",
        "a table has a key that it cannot have",
        "The key is not part of the language at this place.",
        "An ignored key is a setting that silently does nothing, mostly a typing mistake.",
        "Correct the spelling, move the key to the table it belongs to, or remove it.",
    ),
    "ARC102": Code(
        "missing-key",
        "a table lacks a key that it needs",
        "The table has no value for a key without a default.",
        "There is no value that would be right for most models, so none is assumed.",
        "Add the key to the marked table.",
    ),
    "ARC103": Code(
        "wrong-type",
        "a value is of another type than its key takes",
        'For example a string where an integer belongs. Values are not converted: `"64"` is not 64.',
        "Conversion hides mistakes: `true` would become 1 and `64.5` would lose its half.",
        "Write the value in the form that the message asks for.",
    ),
    "ARC104": Code(
        "unknown-choice",
        "a value is none of the allowed ones",
        "The key takes one of a fixed set of words, and this is none of them.",
        "Each word selects something archc knows how to build; others mean nothing.",
        "Use one of the words in the message; `archc schema` lists them all.",
    ),
    "ARC105": Code(
        "missing-version",
        "the version key is missing",
        "A spec states the version of the language it is written in: `archc = 1`.",
        "It lets a later archc read, or rewrite, old files without guessing.",
        "Add `archc = 1` as the first line.",
    ),
    "ARC106": Code(
        "unsupported-version",
        "the spec is written in another version of the language",
        "This archc reads version 1.",
        "Keys may mean something else in another version, so nothing else was checked.",
        "`archc migrate` rewrites older specs; for a newer one install a newer archc. Set `archc = 1` if the"
        " file is written in version 1.",
    ),
    "ARC107": Code(
        "out-of-range",
        "a number is outside its key's range",
        "The key takes numbers of a certain range only, such as sizes of at least 1.",
        "A number outside it has no meaning there and would fail, or do nothing, much later.",
        "Write a number in the range that the message states.",
    ),
    "ARC108": Code(
        "wrong-length",
        "a list or string is too short or too long",
        "The key takes a certain number of values, such as two for a size: height and width.",
        "Missing values are not guessed and extra ones are not dropped.",
        "Write as many values as the message asks for.",
    ),
    "ARC109": Code(
        "invalid-value",
        "a value has the right type but not the right form",
        "The value does not follow the form that its key asks for.",
        "The message states the rule.",
        "Change the value to the stated form.",
    ),
    "ARC110": Code(
        "empty-range",
        "a range has no inside",
        "The key takes a lower and an upper end, and the lower one is not below the upper one.",
        "Nothing can be drawn from, or squeezed into, a range without an inside; it is mostly written the"
        " wrong way round.",
        "Write the lower end first. A zoom may be fixed, with both ends equal; an output range may not.",
    ),
}
