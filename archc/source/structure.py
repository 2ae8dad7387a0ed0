"""The validator's errors of one document as diagnostics that take its other faults into account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archc.source.cells import quoted
from archc.source.diagnostic import Diagnostic, Label
from archc.source.explain import choices, explained, meant, too_few
from archc.source.faults import Fault, faults
from archc.source.load import VERSION, KeysAt
from archc.source.suggest import nearest
from archc.source.wording import SHORT_LIST, inside, name

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

    from archc.source.document import Document
    from archc.source.text import Path

_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
_TABLE_TYPES = ("dataclass_type", "dataclass_exact_type", "model_attributes_type")
_PROBES = 20
_SEARCHES = 200
_TABLES = 200


class Structure:
    """What the faults of one document have to know of each other to give each mistake once."""

    def __init__(self, document: Document, validator: SchemaValidator, keys_at: KeysAt) -> None:
        self.document, self.validator, self.keys_at = document, validator, keys_at
        self.probes, self.searches = _PROBES, _SEARCHES

    def diagnostics(self, errors: Iterable[Any]) -> tuple[Diagnostic, ...]:
        found = faults(errors, self.document.data)
        missing = {fault.path: fault for fault in found if fault.kind == "missing"}
        places = {path: fault for path, fault in missing.items() if isinstance(path[-1], int)}
        keys = [path for path in missing if path not in places]
        result = self._unknown_keys([fault for fault in found if fault.kind in _UNKNOWN], keys)
        result += [_short_list(places[path]) for path in _last_places(list(places))]
        result += [self._missing(path) for path in keys]
        for fault in found:
            if fault.kind not in (*_UNKNOWN, "missing"):
                result.append(self._tagless(fault) if self._lacks_tag(fault) else self._explained(fault))
        return tuple(result)

    def _explained(self, fault: Fault) -> Diagnostic:
        diagnostic = explained(fault)
        keys = self.keys_at(fault.path, self.document.data) if fault.kind in _TABLE_TYPES else ()
        if keys and len(keys) <= SHORT_LIST:
            return replace(diagnostic, help=(*diagnostic.help, f"a table with the keys {', '.join(keys)}"))
        return diagnostic

    def _unknown_keys(self, unknown: list[Fault], missing: list[Path]) -> list[Diagnostic]:
        """Unknown keys; a missing key that one of them stands for, mistyped, is taken off `missing`."""
        tables: dict[Path, tuple[str, ...]] = {}
        lacking: dict[Path, list[str]] = {}
        for path in missing:
            lacking.setdefault(path[:-1], []).append(str(path[-1]))
        result = []
        for fault in unknown:
            table, key = fault.path[:-1], str(fault.path[-1])
            if table not in tables:
                tables[table] = self.keys_at(table, self.document.data)
            lacked = nearest(key, lacking[table]) if lacking.get(table) and self._may_search() else None
            if lacked:
                lacking[table].remove(lacked)
                missing.remove((*table, lacked))
            result.append(self._unknown(fault.path, tables[table], lacked))
        return result

    def _unknown(self, path: Path, valid: tuple[str, ...], lacked: str | None) -> Diagnostic:
        table, key = path[:-1], str(path[-1])
        written = self.document.data
        for step in table:
            written = written[step]  # type: ignore[index]
        free = [each for each in valid if each not in written]
        help: tuple[str, ...] = (f"did you mean `{lacked}`?",) if lacked else ()
        if not help and self._may_search():
            help = meant(key, free) or meant(key, valid) or self._elsewhere(path)
        if valid and len(valid) <= SHORT_LIST:
            help += (f"keys{inside(table) or ' of the spec'}: {', '.join(valid)}",)
        label = Label(path, "key", "not a key of this table")
        return Diagnostic("ARC101", f"unknown key `{quoted(key)}`{inside(table)}", (label,), help)

    def _may_search(self) -> bool:
        """Whether another search for a near name is affordable: a hostile file has thousands of faults."""
        self.searches -= 1
        return self.searches >= 0

    def _elsewhere(self, path: Path) -> tuple[str, ...]:
        """The table of this document that takes the key: in TOML a key often lands under the wrong header."""
        todo: list[tuple[Path, Any]] = [((), self.document.data)]
        for table, value in todo:
            if len(todo) > _TABLES:
                break
            if table != path[:-1] and path[-1] in self.keys_at(table, self.document.data):
                where = f"in {name(table)}" if table else "at the top of the spec, before any table"
                return (f"`{quoted(str(path[-1]))}` belongs {where}",)
            todo += [((*table, key), inner) for key, inner in value.items() if isinstance(inner, dict)]
        return ()

    def _missing(self, path: Path, allowed: list[str] | None = None) -> Diagnostic:
        table, key = path[:-1], quoted(str(path[-1]))
        if path == ("archc",):
            return self._missing_version()
        help = (f"one of: {', '.join(allowed)}",) if allowed else ()
        label = Label(path, "key", f"needs `{key}`")
        return Diagnostic("ARC102", f"missing key `{key}`{inside(table)}", (label,), help)

    def _missing_version(self) -> Diagnostic:
        toml = self.document.format == "toml"
        line = f"add as the first line: archc = {VERSION}" if toml else f'add the key: "archc": {VERSION}'
        label = Label(("archc",), "key", "needs `archc`, the version of the language")
        return Diagnostic("ARC105", "missing version key `archc`", (label,), (line,))

    def _lacks_tag(self, fault: Fault) -> bool:
        return fault.kind == "union_tag_not_found" and isinstance(fault.value, dict)

    def _tagless(self, fault: Fault) -> Diagnostic:
        """A table that does not say which kind it is; the allowed kinds come from asking with a wrong one."""
        key = str(fault.context.get("discriminator", "")).strip("'")
        return self._missing((*fault.path, key), self._tags(fault.path, key))

    def _tags(self, path: Path, key: str) -> list[str]:
        from pydantic_core import ValidationError

        self.probes -= 1
        if self.probes < 0:
            return []
        try:
            self.validator.validate_python(_with_value(self.document.data, (*path, key), "\0"))
        except ValidationError as error:
            for each in error.errors(include_url=False):
                context = each.get("ctx", {})
                if each["type"] == "union_tag_invalid" and context.get("tag") == "\0":
                    return choices(str(context.get("expected_tags", "")))
        return []


def _with_value(data: Any, path: Path, value: object) -> Any:
    """`data` with one value set, sharing everything beside the path."""
    if not path:
        return value
    changed = dict(data) if isinstance(data, dict) else list(data)
    inner = _with_value(data[path[0]], path[1:], value) if len(path) > 1 else value
    changed[path[0]] = inner  # type: ignore[index]
    return changed


def _last_places(places: list[Path]) -> list[Path]:
    """Of the empty places of each list, the last: it tells how many values are needed."""
    last = {path[:-1]: path for path in sorted(places, key=lambda path: int(path[-1]))}
    return list(last.values())


def _short_list(fault: Fault) -> Diagnostic:
    held = len(fault.value) if isinstance(fault.value, list) else 0
    return too_few(fault.path[:-1], int(fault.path[-1]) + 1, held)
