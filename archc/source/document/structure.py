"""The validator's errors of one document as diagnostics that take its other faults into account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archc.source.diagnostics.diagnostic import Diagnostic, Fix, Label
from archc.source.diagnostics.suggest import correction, is_slip, nearest
from archc.source.document.explain import choices, explained, invalid, meant, tag_key, too_few
from archc.source.document.faults import Fault, faults
from archc.source.document.plurals import one_for_several
from archc.source.document.synonyms import (
    form_of,
    home_of,
    key_meant,
    key_of,
    other_name_of,
    place_meant,
    place_of,
)
from archc.source.document.version import VERSION
from archc.source.document.wording import SHORT_LIST, dotted, inside, name, written
from archc.source.text.cells import quoted

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

    from archc.source.document.document import Document
    from archc.source.text.spans import Path
    from archc.spec.keys import DocOf, KeysAt

_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
_TABLE_TYPES = ("dataclass_type", "dataclass_exact_type", "model_attributes_type")
_LIST_TYPES = ("list_type", "tuple_type")
_TAGS = ("union_tag_not_found", "union_tag_invalid")
_LEADING = ("kind", "ref", "op")
"""Keys that say most of what their table says."""
_TYPED: tuple[tuple[str | int, ...], ...] = (("size",), ("weights",), ("phases",), ("nodes",))
"""Keys whose form is often taken for another one, whatever their table."""
_PROBES = 20
_SEARCHES = 200
_TABLES = 200
_MANY = 1_000
"""Faults beyond which nobody mistyped anything: what costs time for each is left out after the first few."""
_COSTLY = (*_TABLE_TYPES, "union_tag_invalid", "literal_error", "enum", "union")


class Structure:
    """The faults of one document, which know of each other so that each mistake is given once."""

    def __init__(
        self, document: Document, validator: SchemaValidator, keys_at: KeysAt, doc_of: DocOf
    ) -> None:
        self.document, self.validator, self.keys_at, self.doc_of = document, validator, keys_at, doc_of
        self.probes, self.searches, self.tables = _PROBES, _SEARCHES, 10 * _TABLES

    def diagnostics(self, errors: Iterable[Any]) -> tuple[Diagnostic, ...]:
        listed = list(errors)
        if len(listed) > _MANY:
            self.probes, self.searches = 2, _PROBES
        swapped, found = one_for_several(faults(listed, self.document.data), self.document.data)
        missing = {fault.path: fault for fault in found if fault.kind == "missing"}
        places = {path: fault for path, fault in missing.items() if isinstance(path[-1], int)}
        keys = [path for path in missing if path not in places]
        result = self._unknown_keys([fault for fault in found if fault.kind in _UNKNOWN], keys)
        result += [self._short_list(places[path]) for path in _last_places(list(places))]
        result += [self._missing(path) for path in keys]
        for fault in found:
            if fault.kind not in (*_UNKNOWN, "missing"):
                result.append(self._tagless(fault) if self._lacks_tag(fault) else self._explained(fault))
        return (*swapped, *result)

    def _explained(self, fault: Fault) -> Diagnostic:
        if fault.kind in _COSTLY and not self._may_search():
            return invalid(fault)
        diagnostic = explained(fault)
        if fault.kind in _LIST_TYPES and (entries := self._as_entries(fault)):
            return replace(diagnostic, help=entries)
        if diagnostic.code in ("ARC103", "ARC108") and not diagnostic.help and fault.path[-1:] in _TYPED:
            return replace(diagnostic, help=form_of(str(fault.path[-1])))
        if fault.kind in (*_TABLE_TYPES, *_TAGS) and (written := self._as_table(fault)):
            return replace(diagnostic, help=(written,))
        keys = self.keys_at(fault.path, self.document.data) if fault.kind in _TABLE_TYPES else ()
        if keys and len(keys) <= SHORT_LIST:
            return replace(diagnostic, help=(*diagnostic.help, f"a table with the keys {', '.join(keys)}"))
        return diagnostic if diagnostic.help else replace(diagnostic, help=self._doc(fault.path))

    def _doc(self, path: Path) -> tuple[str, ...]:
        """Return the help line that says what a key means."""
        while path and isinstance(path[-1], int):
            path = path[:-1]
        doc = self.doc_of(path, self.document.data) if self._may_search() else ""
        return (f"`{quoted(str(path[-1]))}`: {doc}".removesuffix("."),) if doc else ()

    def _as_table(self, fault: Fault) -> str | None:
        """Return what to write for a single value that stands where its table should."""
        keys = self.keys_at(fault.path, self.document.data)
        value = fault.value
        if isinstance(value, str) and fault.path == ("model",):
            return form_of("model")[0]
        if isinstance(value, str) and (key := next((each for each in _LEADING if each in keys), None)):
            return f"write it as a table: {{ {key} = {written(value)} }}"
        if isinstance(value, str) and "kinds" in keys:
            return f"write it as a table: {{ kinds = [{written(value)}] }}"
        if isinstance(value, list) and "kinds" in keys and all(isinstance(each, str) for each in value):
            return f"write it as a table: {{ kinds = [{', '.join(map(written, value[:4]))}] }}"
        return None

    def _as_entries(self, fault: Fault) -> tuple[str, ...]:
        """Return what to write for a table in the place of a list of tables: often one bracket is missing."""
        keys = self.keys_at((*fault.path, 0), self.document.data)
        if not keys or not isinstance(fault.value, dict):
            return ()
        named = next((key for key, inner in fault.value.items() if isinstance(inner, dict)), None)
        known = f', with name = "{quoted(named, 40)}"' if named is not None and "name" in keys else ""
        if self.document.format == "json":
            return (f"a list holds its entries in brackets: [{{ ... }}]{known}",)
        header = dotted(tuple(step for step in fault.path if isinstance(step, str)))
        return (f"[[{header}]], in double brackets, begins each entry of the list{known}",)

    def _unknown_keys(self, unknown: list[Fault], missing: list[Path]) -> list[Diagnostic]:
        """Return the unknown keys; take off `missing` a key that one of them mistypes."""
        tables: dict[Path, tuple[str, ...]] = {}
        lacking: dict[Path, list[str]] = {}
        for path in missing:
            lacking.setdefault(path[:-1], []).append(str(path[-1]))
        result = []
        for fault in unknown:
            table, key = fault.path[:-1], str(fault.path[-1])
            home = home_of(key).rpartition(".")
            if home[0] == _tables_path(table) and home[2] in lacking.get(table, ()):
                lacking[table].remove(home[2])
                missing.remove((*table, home[2]))
            if table not in tables:
                tables[table] = self.keys_at(table, self.document.data)
            lacked = self._lacked(key, lacking.get(table, []))
            if lacked:
                lacking[table].remove(lacked)
                missing.remove((*table, lacked))
            result.append(self._unknown(fault.path, tables[table], lacked))
        return result

    def _lacked(self, key: str, lacking: list[str]) -> str | None:
        """Return the missing key of a table that one of its unknown keys stands for."""
        if not lacking or not self._may_search():
            return None
        return nearest(key, lacking) or key_of(key, lacking)

    def _unknown(self, path: Path, valid: tuple[str, ...], lacked: str | None) -> Diagnostic:
        table, key = path[:-1], str(path[-1])
        written = self.document.data
        for step in table:
            written = written[step]  # type: ignore[index]
        free = [each for each in valid if each not in written]
        help: tuple[str, ...] = (f"did you mean `{lacked}`?",) if lacked else ()
        fix = _stands_for(path, lacked, free) if lacked else None
        if not help and self._may_search():
            fix = _renamed(path, free, valid)
            slip = (f"did you mean `{fix.to}`?",) if fix else ()
            place = _tables_path(table)
            help = (
                slip
                or key_meant(key, free, valid)
                or meant(key, free)
                or place_of(key, place)
                or self._elsewhere(path)
                or place_meant(key, place)
                or _already(key, valid)
            )
        if valid and len(valid) <= SHORT_LIST:
            help += (f"keys{inside(table) or ' of the spec'}: {', '.join(valid)}",)
        label = Label(path, "key")
        return Diagnostic("ARC101", f"unknown key `{quoted(key)}`{inside(table)}", (label,), help, fix=fix)

    def _may_search(self) -> bool:
        """Return True where another search for a near name is affordable.

        A hostile file has thousands of faults.
        """
        self.searches -= 1
        return self.searches >= 0

    def _elsewhere(self, path: Path) -> tuple[str, ...]:
        """Return the table of this document that takes the key.

        In TOML a key often lands under the wrong header.
        """
        todo: list[tuple[Path, Any]] = [((), self.document.data)]
        for table, value in todo:
            self.tables -= 1
            if len(todo) > _TABLES or self.tables < 0:
                break
            if table != path[:-1] and path[-1] in self.keys_at(table, self.document.data):
                where = f"in {name(table)}" if table else "at the top of the spec, before any table"
                return (f"`{quoted(str(path[-1]))}` belongs {where}",)
            todo += [((*table, key), inner) for key, inner in value.items() if isinstance(inner, dict)]
        return ()

    def _short_list(self, fault: Fault) -> Diagnostic:
        held = len(fault.value) if isinstance(fault.value, list) else 0
        found = too_few(fault.path[:-1], int(fault.path[-1]) + 1, held)
        return replace(found, help=self._doc(fault.path))

    def _missing(self, path: Path, allowed: list[str] | None = None) -> Diagnostic:
        table, key = path[:-1], quoted(str(path[-1]))
        if path == ("archc",):
            return self._missing_version()
        help = form_of(str(path[-1]))
        if allowed:
            help = (f"one of: {', '.join(allowed)}",) if len(allowed) <= SHORT_LIST else form_of("op")
        label = Label(path, "key", f"needs `{key}`")
        return Diagnostic("ARC102", f"missing key `{key}`{inside(table)}", (label,), help)

    def _missing_version(self) -> Diagnostic:
        toml = self.document.format == "toml"
        line = f"add as the first line: archc = {VERSION}" if toml else f'add the key: "archc": {VERSION}'
        label = Label(("archc",), "key", "needs `archc`, the version of the language")
        fix = Fix("insert", ("archc",), VERSION)
        return Diagnostic("ARC105", "missing version key `archc`", (label,), (line,), fix=fix)

    def _lacks_tag(self, fault: Fault) -> bool:
        return fault.kind == "union_tag_not_found" and isinstance(fault.value, dict)

    def _tagless(self, fault: Fault) -> Diagnostic:
        """Return the fault of a table that does not say its kind.

        The allowed kinds come from asking with a wrong one.
        """
        key = tag_key(fault)
        for found in fault.value if isinstance(fault.value, dict) else ():
            if key in (nearest(str(found), (key,)), key_of(str(found), (key,))):
                return self._mistyped((*fault.path, found), key)
        return self._missing((*fault.path, key), self._tags(fault.path, key))

    def _mistyped(self, path: Path, key: str) -> Diagnostic:
        """Return a key that stands for the one which tells what kind its table is."""
        message = f"unknown key `{quoted(str(path[-1]))}`{inside(path[:-1])}"
        fix = _stands_for(path, key, [])
        label = Label(path, "key")
        return Diagnostic("ARC101", message, (label,), (f"did you mean `{key}`?",), fix=fix)

    def _tags(self, path: Path, key: str) -> list[str]:
        from archc.spec.core import pydantic_core

        self.probes -= 1
        if self.probes < 0:
            return []
        try:
            self.validator.validate_python(_with_value(self.document.data, (*path, key), "\0"))
        except pydantic_core().ValidationError as error:
            for each in error.errors(include_url=False):
                context = each.get("ctx", {})
                if each["type"] == "union_tag_invalid" and context.get("tag") == "\0":
                    return choices(str(context.get("expected_tags", "")))
        return []


def _tables_path(path: Path) -> str:
    """Return a table's dotted path; of one in a list, the list's."""
    return dotted(tuple(step for step in path if isinstance(step, str)))


def _stands_for(path: Path, lacked: str, free: list[str]) -> Fix | None:
    """Return the repair that renames a key to the one `lacked`, if it can mean only that.

    It is a slip of that alone, or its name in another library.
    """
    key = str(path[-1])
    slips = [each for each in {*free, lacked} if is_slip(key, each, key=True, awaited=each == lacked)]
    return Fix("rename", path, lacked) if slips == [lacked] or other_name_of(key, (lacked,)) else None


def _renamed(path: Path, free: list[str], valid: tuple[str, ...]) -> Fix | None:
    """Return the key called what it is a slip of, or what it is here in place of another library's name."""
    key = str(path[-1])
    if here := other_name_of(key, free):
        return Fix("rename", path, here)
    slip = correction(key, valid, path, key=True)
    return slip if slip and slip.to in free else None


def _already(key: str, valid: tuple[str, ...]) -> tuple[str, ...]:
    near = nearest(key, valid)
    return (f"`{near}` is written already",) if near else ()


def _with_value(data: Any, path: Path, value: object) -> Any:
    """Return `data` with one value set, sharing everything beside the path."""
    if not path:
        return value
    changed = dict(data) if isinstance(data, dict) else list(data)
    inner = _with_value(data[path[0]], path[1:], value) if len(path) > 1 else value
    changed[path[0]] = inner  # type: ignore[index]
    return changed


def _last_places(places: list[Path]) -> list[Path]:
    """Return of the empty places of each list the last: it tells how many values are needed."""
    last = {path[:-1]: path for path in sorted(places, key=lambda path: int(path[-1]))}
    return list(last.values())
