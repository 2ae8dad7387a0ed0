"""Kinds of mistakes: each makes one in a valid spec, and says which token is at fault."""

from __future__ import annotations

from typing import Any

from tests.generated.mutations import Data, Draw, Mistake, Mutator, Path, places, put, renamed, without

STRUCTURE = ("ARC101", "ARC102", "ARC103", "ARC104", "ARC105", "ARC106", "ARC107", "ARC108", "ARC109")


def _pick(draw: Draw, data: Data, wanted: Any) -> Path | None:
    """The path of some value that `wanted` takes."""
    found = [path for path, value in places(data) if wanted(path, value)]
    return draw.choice(found) if found else None


def _key_of_table(path: Path, value: Any) -> bool:
    """Keys of the language, not names that the user chooses."""
    if not isinstance(path[-1], str):
        return False
    return not (
        len(path) > 1 and path[-2] in ("inputs", "modules", "outputs", "losses", "targets", "of", "init")
    )


def mistyped_key(draw: Draw, data: Data) -> Mistake | None:
    path = _pick(draw, data, lambda p, v: _key_of_table(p, v) and len(str(p[-1])) > 4 and p[-1] != "archc")
    if path is None:
        return None
    name = str(path[-1])
    at = draw.randrange(1, len(name) - 1)
    wrong = name[:at] + draw.choice(("zz", "qq")) + name[at + 1 :]
    return Mistake(renamed(data, path, wrong), (*path[:-1], wrong), ("key",), ("ARC101",))


def added_key(draw: Draw, data: Data) -> Mistake | None:
    path = _pick(draw, data, lambda p, v: isinstance(v, dict) and p[-1] not in _NAMED)
    key = draw.choice(("zzzz", "é 漢", 'quo"ted', "tab\tkey", "\x1b[31m"))
    if path is None or (path[-1] == "arguments"):
        return None
    return Mistake(put(data, (*path, key), 1), (*path, key), ("key",), ("ARC101",))


_NAMED = ("inputs", "modules", "outputs", "losses", "targets", "of", "init")


def wrong_type(draw: Draw, data: Data) -> Mistake | None:
    """A table never stands where a number does, nor does a string that is no choice."""
    path = _pick(draw, data, lambda p, v: isinstance(v, int | float) and p != ("archc",))
    if path is None:
        return None
    value = draw.choice(("many", {"a": 1}, "1"))
    return Mistake(put(data, path, value), path, ("value", "table"), ())


def out_of_range(draw: Draw, data: Data) -> Mistake | None:
    """No integer of the language that is above 0 may be below."""
    wanted = (
        "out_channels",
        "kernel_size",
        "stride",
        "classes",
        "epochs",
        "batch_size",
        "times",
        "channels",
        "outputs",
    )
    path = _pick(draw, data, lambda p, v: p[-1] in wanted and isinstance(v, int))
    if path is None:
        return None
    return Mistake(put(data, path, draw.choice((0, -1, -(2**40), 2**40))), path, ("value",), ())


def missing_key(draw: Draw, data: Data) -> Mistake | None:
    """A key that its table needs: the table's own place is shown."""
    wanted = (
        "size",
        "body",
        "epochs",
        "out_channels",
        "kernel_size",
        "phases",
        "nodes",
        "out_features",
        "layers",
        "root",
    )
    tables = dict(places(data))

    def needed(path: Path, value: Any) -> bool:
        if path[-1] not in wanted or (path[-1] in ("size", "layers") and len(path) > 2):
            return False
        return len(path) < 2 or not _infers(tables[path[:-1]])

    path = _pick(draw, data, needed)
    if path is None:
        return None
    return Mistake(without(data, path), path, ("table",), ("ARC102", "ARC240", "ARC221"))


def _infers(table: Any) -> bool:
    """Whether it is a layer that takes what is left out from what it reads."""
    return isinstance(table, dict) and table.get("op") == "pixel_shuffle_icnr"


def unknown_choice(draw: Draw, data: Data) -> Mistake | None:
    wanted = (
        "kind",
        "op",
        "upsample",
        "pool",
        "schedule",
        "merge",
        "mode",
        "norm",
        "postprocess",
        "train_norm",
    )
    path = _pick(draw, data, lambda p, v: p[-1] in wanted and isinstance(v, str))
    if path is None:
        return None
    wrong = draw.choice(("banana", "", "conv9d", "\x1b[31mred", "x" * 4_000, "unett"))
    return Mistake(put(data, path, wrong), path, ("value",), ("ARC104",))


def unknown_body(draw: Draw, data: Data) -> Mistake | None:
    path = _pick(draw, data, lambda p, v: p[-1] == "ref")
    if path is None:
        return None
    wrong = draw.choice(
        ("torchvision/resnet36", "resnet18", "timm/nothing", "../x", "torchvision/\n::error::")
    )
    return Mistake(put(data, path, wrong), path, ("value",), ("ARC201",))


def unknown_cut(draw: Draw, data: Data) -> Mistake | None:
    path = _pick(draw, data, lambda p, v: p[-1] == "ref" or (p[-1] == "stages" and p[-2:-1] == ("body",)))
    if path is None:
        return None
    at = (*path[:-1], "cut")
    wrong = draw.choice(("layer9", 999, -999, "s9", "fc.weight"))
    return Mistake(put(data, at, wrong), at, ("value",), ("ARC202",))


def unknown_reference(draw: Draw, data: Data) -> Mistake | None:
    path = _pick(draw, data, lambda p, v: "nodes" in p and p[-1] == "from" and isinstance(v, str))
    if path is None:
        return None
    return Mistake(put(data, path, "nowhere"), path, ("value",), ("ARC222",))


def unknown_group(draw: Draw, data: Data) -> Mistake | None:
    path = _pick(draw, data, lambda p, v: len(p) == 5 and p[1:2] == ("phases",) and p[3] == "train")
    if path is None:
        return None
    return Mistake(put(data, path, "nobody"), path, ("value",), ("ARC405",))


def idle_pattern(draw: Draw, data: Data) -> Mistake | None:
    path = _pick(draw, data, lambda p, v: p[:2] == ("train", "groups") and p[-1] == "match")
    if path is None or "train" not in data:
        return None
    kept = next(v for p, v in places(data) if p == path)
    at = (*path, len(kept))
    return Mistake(put(data, path, [*kept, "neck.layer7"]), at, ("value",), ("ARC403",))


def no_group(draw: Draw, data: Data) -> Mistake | None:
    if "pattern" in data or not isinstance(data.get("data", {}).get("label"), str):
        return None
    return Mistake(put(data, ("data", "label"), "(?P<other>x)"), ("data", "label"), ("value",), ("ARC513",))


def climbing_path(draw: Draw, data: Data) -> Mistake | None:
    path = _pick(
        draw,
        data,
        lambda p, v: p[0] == "data" and p[-1] in ("images", "masks", "folder", "path") and isinstance(v, str),
    )
    if path is None:
        return None
    wrong = draw.choice(("../../etc/passwd", "/etc/passwd", "a\\b", "nul", "a/../../b"))
    return Mistake(put(data, path, wrong), path, ("value",), ("ARC510", "ARC509"))


def control_character(draw: Draw, data: Data) -> Mistake | None:
    if "data" not in data or "root" not in data["data"]:
        return None
    return Mistake(put(data, ("data", "root"), "a\x1b[31mb"), ("data", "root"), ("value",), ("ARC213",))


def empty_range(draw: Draw, data: Data) -> Mistake | None:
    path = _pick(draw, data, lambda p, v: p[-1] == "augment" and p[:2] != ("data", "of"))
    if path is None:
        return None
    at = (*path, "scale")
    return Mistake(put(data, at, [2.0, 1.0]), at, ("value",), ("ARC110",))


def wrong_counts(draw: Draw, data: Data) -> Mistake | None:
    path = _pick(draw, data, lambda p, v: p[-1] in ("mean", "std") and isinstance(v, list))
    if path is None:
        return None
    return Mistake(put(data, path, [0.5] * 7), path, ("value",), ("ARC308",))


KINDS: dict[str, Mutator] = {
    made.__name__: made
    for made in (
        mistyped_key,
        added_key,
        wrong_type,
        out_of_range,
        missing_key,
        unknown_choice,
        unknown_body,
        unknown_cut,
        unknown_reference,
        unknown_group,
        idle_pattern,
        no_group,
        climbing_path,
        control_character,
        empty_range,
        wrong_counts,
    )
}
