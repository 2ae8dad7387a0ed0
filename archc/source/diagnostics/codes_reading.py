"""ARC0xx: reading a document, limits, overrides."""

from __future__ import annotations

from archc.source.diagnostics.code_entry import Code

READING: dict[str, Code] = {
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
}
