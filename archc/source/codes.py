"""Every diagnostic's code, and what `archc explain` and the reference page say about it.

Codes are never reused. ARC0xx reading and limits, ARC1xx structure, ARC2xx names and references, ARC3xx
shapes and channels, ARC4xx parameter groups and phases, ARC5xx data, ARC6xx export, ARC7xx advice.
"""

from __future__ import annotations

from dataclasses import dataclass

from archc.source.diagnostic import Severity


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of fault. `what` it is, `why` it is one, the `remedy`: a paragraph each."""

    name: str
    summary: str
    what: str
    why: str
    remedy: str
    severity: Severity = "error"


CODES: dict[str, Code] = {
    "ARC001": Code(
        "syntax",
        "the text is not TOML or JSON",
        "The parser stopped at this place: a bracket or quote is missing, text stands without quotes, or two"
        " statements share a line.",
        "Nothing behind the place can be read reliably, so only the first such fault is reported.",
        "Correct the text at the marked place. TOML writes one `key = value` a line, text in quotes, tables"
        " as `[name]`; JSON writes keys and text in double quotes and no comma after the last value.",
    ),
    "ARC002": Code(
        "not-text",
        "the file is not UTF-8 text",
        "The file holds bytes that are not UTF-8, or a string that is no Unicode text.",
        "TOML and JSON are UTF-8 by definition; guessing another encoding would change names and paths.",
        "Save the file as UTF-8. An editor's list of encodings, or `iconv -t UTF-8`, does it.",
    ),
    "ARC003": Code(
        "too-large",
        "the document is larger than a spec may be",
        "A spec is at most 256 KiB of text.",
        "The bound keeps a hostile file from costing time or memory before it is refused.",
        "Leave data, weights and lists of files in files of their own and name them in the spec.",
    ),
    "ARC004": Code(
        "too-deep",
        "values are nested too deep",
        "Tables and lists stand more than 32 levels inside one another, or a dotted key has more than 32"
        " parts.",
        "No part of the language is that deep, and parsers exhaust their stack on such text.",
        "Look for an unclosed bracket or a generator that wraps values once too often.",
    ),
    "ARC005": Code(
        "too-many-values",
        "the document holds too many values",
        "A spec holds at most 20,000 keys and values.",
        "The bound keeps checking fast whatever the file holds.",
        "Describe repeated structure by a named module, or move lists of data into files.",
    ),
    "ARC006": Code(
        "number-out-of-range",
        "a number cannot be represented",
        "An integer does not fit in 64 bits, a number has thousands of digits, or JSON spells one that is not"
        " finite.",
        "Such a number would change silently or break at a later step.",
        "Write a number that the field can mean.",
    ),
    "ARC007": Code(
        "written-twice",
        "a key or table is written twice",
        "The same key of the same table, or the same table, stands in the document twice.",
        "One of the two would be ignored, and which one depends on the parser.",
        "Keep one. For a list of tables write `[[name]]` before each element.",
    ),
    "ARC008": Code(
        "not-a-table",
        "the document is not a table",
        "A JSON document holds a list or a single value where an object of keys belongs.",
        "A spec is a table of keys and values.",
        'Put the keys in one object: `{ "archc": 1, ... }`.',
    ),
    "ARC010": Code(
        "override-unreadable",
        "an override is not PATH=VALUE",
        "A `--set` flag has no `=`, no path before it, or a value that begins like TOML and is not complete.",
        "A value is read as TOML; what is no TOML at all is taken as a string, but half a list is a mistake.",
        "Write `--set train.batch_size=16`, and quote the flag where the shell would split it:"
        " `--set 'train.lr=[1e-6, 1e-4]'`.",
    ),
    "ARC011": Code(
        "override-lost",
        "an override's path leads nowhere",
        "The path steps into a single value, or to an element that a list does not have.",
        "Overrides change what the document says; they make tables on the way, but never list elements.",
        "Elements are counted from 0: `train.phases.0.lr` is the first phase's learning rate.",
    ),
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
        "Use an archc that reads this version, or set `archc = 1` if the file is written in it.",
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
}
