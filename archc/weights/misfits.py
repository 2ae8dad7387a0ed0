"""Faults of a checkpoint that does not fit a model: those of the nearest reading, and what to write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from archc.files.errors import WorldError
from archc.weights.readings import Reading, Target
from archc.weights.stored import Checkpoint

Say = Callable[[Mapping[str, object]], str]
"""How a spec writes its table of weights with these keys."""

_TOLD = 4  # names of each sort in a message
_NAME_LENGTH = 120
_MOST_SKIPPED = 4


def ambiguous(checkpoint: Checkpoint, target: Target, fitting: Sequence[Reading], say: Say) -> WorldError:
    """Return the fault that several readings fit, each as the spec can say it."""
    several = len({reading.entry.path for reading in fitting}) > 1
    places = ", ".join(_place(reading, entry=several) for reading in fitting[:_TOLD])
    forms = " or ".join(_form(reading, fitting, say) for reading in fitting[:_TOLD])
    return WorldError(
        f"`{checkpoint.path}` holds {len(fitting)} sets of weights that fit {target.name}: {places}",
        f"say which: {forms}",
    )


def _place(reading: Reading, *, entry: bool) -> str:
    where = [f'entry "{reading.entry.path}"'] if entry else []
    return " ".join([*where, *([f"below `{_short(reading.prefix)}`"] if reading.prefix or not entry else [])])


def _form(reading: Reading, fitting: Sequence[Reading], say: Say) -> str:
    """Return the reading as the spec writes it, with a prefix only where the entry alone does not decide."""
    several = len({other.entry.path for other in fitting}) > 1
    again = sum(reading.entry.path == other.entry.path for other in fitting) > 1
    entry = {"entry": reading.entry.path} if several else {}
    return say(entry | ({"prefix": reading.prefix} if again else {}))


def misfit(checkpoint: Checkpoint, target: Target, readings: Sequence[Reading], say: Say) -> WorldError:
    """Return the fault that no reading fits, with what is wrong in the nearest."""
    best = max(readings, key=lambda r: (r.matched, -len(r.missing), -len(r.extra), -len(r.prefix)))
    if not best.matched and not best.kinds and not best.shapes:
        return _strangers(checkpoint, target, best, say)
    parts = [
        _listed("missing", best.missing),
        _listed("unexpected", best.extra),
        _listed("of another shape", [_shapes(name, best, target) for name in best.shapes]),
        "; ".join(_kind(name, best, target) for name in best.kinds[:1]) + _more(best.kinds[1:]),
    ]
    return WorldError(
        f"`{checkpoint.path}` does not fit {target.name}{_read_as(best)}: " + "; ".join(filter(None, parts)),
        _remedy(best, target, say),
    )


def _more(names: Sequence[str]) -> str:
    return f", and {len(names)} more like it" if names else ""


def _read_as(reading: Reading) -> str:
    """Return which of the checkpoint's parts is spoken of."""
    where = [f'entry "{reading.entry.path}"'] if reading.entry.path else []
    where += [f"below `{_short(reading.prefix)}`"] if reading.prefix else []
    return f" ({', '.join(where)})" if where else ""


def _kind(name: str, reading: Reading, target: Target) -> str:
    dtype = reading.given[name].dtype
    fault = reading.given[name].fault
    wanted = target.wanted[name].kind
    if fault and not dtype:
        return f"{_short(name)} {fault}; archc reads plain tensors"
    return f"{_short(name)} is of type {dtype} in the file, {wanted} in the model"


def _shapes(name: str, reading: Reading, target: Target) -> str:
    there, here = reading.given[name].shape, target.wanted[name].shape
    return f"{_short(name)} is {by(there)} in the file and {by(here)} in the model"


def by(shape: Sequence[int]) -> str:
    """Return a shape in words: `64x3x7x7`."""
    return "x".join(map(str, shape)) or "a scalar"


def _remedy(reading: Reading, target: Target, say: Say) -> str | None:
    """Return what helps: to leave out of the load what differs, where the rest fits."""
    if reading.kinds:
        return "save it with the types of a model as torch makes it: `model.float().state_dict()`"
    bad = {*reading.missing, *reading.shapes}
    patterns = skippable(bad, [name for name in target.wanted if not target.skips(name)])
    if bad and not reading.extra and reading.matched >= len(bad) and len(patterns) <= _MOST_SKIPPED:
        return f"to load the rest, and start these without the file, write {say({'skip': patterns})}"
    if reading.missing and len(reading.missing) > reading.matched:
        return "most names do not agree: is this the file of another architecture?"
    return None


def skippable(bad: Iterable[str], every: Sequence[str]) -> tuple[str, ...]:
    """Return the shortest dotted paths under which all that is bad lies and nothing that is good."""
    bad = set(bad)
    good = [name for name in every if name not in bad]
    taken = {name.rsplit(".", count)[0] for name in good for count in range(name.count(".") + 1)}
    found: dict[str, None] = {}
    for name in every:
        if name in bad:
            parts = name.split(".")
            paths = (".".join(parts[:end]) for end in range(1, len(parts) + 1))
            found[next((path for path in paths if path not in taken), name)] = None
    return tuple(found)


def _strangers(checkpoint: Checkpoint, target: Target, best: Reading, say: Say) -> WorldError:
    theirs, ours = (_begins(names) for names in (best.entry.tensors, target.wanted))
    inner = _common_prefix(best.entry.tensors, target.wanted)
    if inner is not None:
        help = f"the model's names begin with `{inner}`, the file's do not: write " + say(
            {"rename": {"": inner}}
        )
    else:
        help = (
            f"the file's names begin with {theirs}, those wanted with {ours}: is it of another architecture?"
        )
    return WorldError(
        f"`{checkpoint.path}` does not fit {target.name}{_read_as(best)}: not one name agrees", help
    )


def _common_prefix(theirs: Mapping[str, object], wanted: Iterable[str]) -> str | None:
    """Return what stands before the file's names in the model, where that explains most of them."""
    names = list(theirs)
    for first in names[:3]:
        for name in wanted:
            if name.endswith(f".{first}"):
                prefix = name.removesuffix(first)
                if 2 * sum(prefix + n in set(wanted) for n in names) > len(names):
                    return prefix
    return None


def _begins(names: Iterable[str]) -> str:
    tops = list(dict.fromkeys(name.partition(".")[0] for name in names))
    return ", ".join(f"`{_short(top)}`" for top in tops[:_TOLD]) + (" ..." if len(tops) > _TOLD else "")


def _listed(what: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    more = f" and {len(items) - _TOLD} more" if len(items) > _TOLD else ""
    return f"{len(items)} {what} ({', '.join(map(_short, items[:_TOLD]))}{more})"


def _short(text: str) -> str:
    return text if len(text) <= _NAME_LENGTH else text[: _NAME_LENGTH - 1] + "…"
