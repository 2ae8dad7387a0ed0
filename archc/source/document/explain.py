"""One fault of the data as a diagnostic in the language's own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from archc.source.diagnostics.diagnostic import Diagnostic, Fix, Label, Written
from archc.source.diagnostics.suggest import correction, nearest
from archc.source.document.faults import Fault
from archc.source.document.synonyms import value_meant
from archc.source.document.wording import SHORT_LIST, counted, described, either, inside, name, written
from archc.source.text.cells import quoted

_TYPES = {
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "string_type": "a string",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a table",
    "mapping_type": "a table",
    "dataclass_type": "a table",
    "dataclass_exact_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "union_tag_not_found": "a table",
    "union_tag_invalid": "a table",
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
    "multiple_of": ("multiple_of", "a multiple of"),
}
_LENGTHS = {
    "too_short": ("min_length", "at least", "value"),
    "too_long": ("max_length", "at most", "value"),
    "string_too_short": ("min_length", "at least", "character"),
    "string_too_long": ("max_length", "at most", "character"),
}
_CHOICE = re.compile(r"'((?:[^'\\]|\\.)*)'")
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,18})?(?:[eE][+-]?\d{1,3})?")


def explained(fault: Fault) -> Diagnostic:
    """Return the diagnostic for any fault but a missing or unknown key, which need to know their table."""
    if fault.kind == "union_tag_invalid":
        return _unknown_tag(fault)
    if fault.kind in ("literal_error", "enum"):
        return _unknown_choice(fault, choices(fault.context.get("expected", "")))
    if fault.kind == "union":
        return _no_branch(fault)
    if fault.kind in _TYPES:
        return _wrong_type(fault, [_TYPES[fault.kind]])
    if fault.kind in _BOUNDS or fault.kind == "finite_number":
        return _out_of_range(fault)
    if fault.kind in _LENGTHS:
        return _wrong_length(fault)
    return invalid(fault)


def choices(listed: str) -> list[str]:
    """Return the words that pydantic_core lists as `'a', 'b' or 'c'`; numbers as they stand."""
    return _CHOICE.findall(listed) or re.findall(r"[^\s,]+", listed.replace(" or ", " "))


def meant(word: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the help line for a mistyped word, if there is a name near it."""
    near = nearest(word, names)
    return (f"did you mean `{near}`?",) if near else ()


def tag_key(fault: Fault) -> str:
    """Return the key that tells a union's members apart: `'kind'` in pydantic_core's words, or `kind()`."""
    return str(fault.context.get("discriminator", "")).strip("'()")


def _unknown_tag(fault: Fault) -> Diagnostic:
    key = tag_key(fault)
    value = fault.value.get(key) if isinstance(fault.value, dict) else fault.value
    named = fault._replace(path=(*fault.path, key), value=value)
    if key == "op" and isinstance(value, str):
        from archc.source.document.op_places import misplaced

        if (known := misplaced(value, named.path)) is not None:
            return known
    return _unknown_choice(named, choices(str(fault.context.get("expected_tags", ""))))


def _unknown_choice(fault: Fault, allowed: list[str]) -> Diagnostic:
    key = fault.path[-1] if fault.path else ""
    numbers = all(_INTEGER.fullmatch(word) for word in allowed)
    shown = allowed if numbers else [f'"{word}"' for word in allowed]
    label = Label(fault.path, "value")
    if isinstance(fault.value, str) and not numbers:
        noun = "" if isinstance(key, int) else f"{quoted(str(key))} "
        message = f"unknown {noun}{written(fault.value)}{inside(fault.path[:-1])}"
        fix = correction(fault.value, allowed, fault.path)
        near = value_meant(fault.value, allowed)
        if not near or (fix and f"`{fix.to}`" not in near[0]):
            near = meant(fault.value, allowed)
        help = (*near, *_allowed(str(key), shown, guessed=bool(near)))
        return Diagnostic("ARC104", message, (label,), help, fix=fix)
    message = f"{name(fault.path)}: expected {either(shown)}, found {described(fault.value)}"
    expected = ["an integer" if numbers else "a string"]
    return _remedied(Diagnostic("ARC104", message, (label,)), fault, expected)


def _allowed(key: str, words: Sequence[str], *, guessed: bool) -> tuple[str, ...]:
    """Return the help line with what may be written; of many words only where nothing near was found."""
    if len(words) <= SHORT_LIST:
        return (f"allowed: {', '.join(words)}",)
    where = "docs/reference/ops.md describes" if key == "op" else "`archc schema` lists"
    return () if guessed else (f"{where} all {len(words)} of them",)


def _no_branch(fault: Fault) -> Diagnostic:
    """Return a value that fits no branch of a union: one sentence for all of them."""
    allowed: list[str] = []
    expected: list[str] = []
    for branch in fault.branches:
        if branch.kind in ("literal_error", "enum"):
            allowed += choices(branch.context.get("expected", ""))
        elif branch.path == fault.path and branch.kind in _TYPES and _TYPES[branch.kind] not in expected:
            expected.append(_TYPES[branch.kind])
    if allowed and isinstance(fault.value, str) and "a string" not in expected:
        found = _unknown_choice(fault, allowed)
        help = (*found.help[:-1], _or(found.help[-1], expected)) if found.help else ()
        return replace(found, help=help)
    return _wrong_type(fault, [f'"{word}"' for word in allowed] + expected)


def _or(sentence: str, expected: list[str]) -> str:
    return f"{sentence}; or {either(expected)}" if expected else sentence


def _wrong_type(fault: Fault, expected: list[str]) -> Diagnostic:
    wanted = either(expected) if expected else "another value"
    message = f"{name(fault.path)}: expected {wanted}, found {described(fault.value)}"
    label = Label(fault.path, "value")
    return _remedied(Diagnostic("ARC103", message, (label,)), fault, expected)


Remedy = tuple[str, Written] | None
"""The remedy for a value of the wrong type, and the value to write instead."""


def _remedied(diagnostic: Diagnostic, fault: Fault, expected: list[str]) -> Diagnostic:
    """Return the diagnostic with what to write instead, where that is mechanical."""
    whole = isinstance(fault.value, float) and "an integer" in expected
    for wanted in ("an integer",) if whole else expected:
        if wanted == "a list" and len(expected) > 1:
            continue
        if wanted in _REMEDIES and (remedy := _REMEDIES[wanted](fault.value)):
            return replace(diagnostic, help=(remedy[0],), fix=Fix("replace", fault.path, remedy[1]))
    return diagnostic


def _integer_of(value: object) -> Remedy:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return f"remove the quotes: {value}", int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return f"write it without a fraction: {int(value)}", int(value)
    return None


def _number_of(value: object) -> Remedy:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return None
    return f"remove the quotes: {value}", int(value) if _INTEGER.fullmatch(value) else float(value)


def _string_of(value: object) -> Remedy:
    scalar = isinstance(value, (int, float)) and not isinstance(value, bool)
    return (f'put it in quotes: "{written(value)}"', written(value)) if scalar else None


def _boolean_of(value: object) -> Remedy:
    for word, spellings in (("true", ("true", "yes", "on", "1")), ("false", ("false", "no", "off", "0"))):
        if isinstance(value, (str, int)) and str(value).lower() in spellings:
            return f"write `{word}`", word == "true"
    return None


def _list_of(value: object) -> Remedy:
    return (f"write a list: [{written(value)}]", [value]) if isinstance(value, str) else None


_REMEDIES: dict[str, Callable[[object], Remedy]] = {
    "an integer": _integer_of,
    "a number": _number_of,
    "a string": _string_of,
    "true or false": _boolean_of,
    "a list": _list_of,
}


def _out_of_range(fault: Fault) -> Diagnostic:
    key, words = _BOUNDS.get(fault.kind, ("", "a finite number"))
    rule = f"{words} {fault.context[key]:g}" if key else words
    message = f"{name(fault.path)}: expected {rule}, found {written(fault.value)}"
    return Diagnostic("ARC107", message, (Label(fault.path, "value"),))


def _wrong_length(fault: Fault) -> Diagnostic:
    key, words, noun = _LENGTHS[fault.kind]
    found = fault.context.get("actual_length")
    size = found if found is not None else len(fault.value) if isinstance(fault.value, (str, list)) else 0
    rule = f"{words} {counted(fault.context[key], noun)}"
    message = f"{name(fault.path)}: expected {rule}, found {size:,}"
    return Diagnostic("ARC108", message, (Label(fault.path, "value"),))


def too_few(list_path: tuple[str | int, ...], needed: int, found: int) -> Diagnostic:
    """Return a list with a fixed number of places of which some are empty."""
    message = f"{name(list_path)}: expected {counted(needed, 'value')}, found {found}"
    return Diagnostic("ARC108", message, (Label(list_path, "value"),))


def invalid(fault: Fault) -> Diagnostic:
    """Return the diagnostic for any fault in the validator's own words."""
    if fault.kind == "string_pattern_mismatch":
        rule = f"does not match the pattern {quoted(str(fault.context.get('pattern', '')), 80)}"
    else:
        rule = fault.message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    label = Label(fault.path, "value")
    message = f"{name(fault.path)}: {rule[:1].lower()}{quoted(rule[1:], 200)}"
    return Diagnostic("ARC109", message, (label,))
