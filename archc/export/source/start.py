"""How the parameters start, as a function to read: a rule for a kind of layer, and its exceptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from archc.export.source.expressions import expression
from archc.export.source.layout import WIDTH, Text, call, lines
from archc.export.source.literals import constant_name, literal, text_literal
from archc.ops.call import Layer
from archc.ops.facts import parameters, start
from archc.ops.initializers import TORCH_DEFAULT, Init
from archc.ops.node import Node
from archc.plan.plan import Plan
from archc.spec import layers as ops

_MANY = 4
"""From so many exceptions on, those of one formula are a table."""

_FIELDS = {"normal": ("std",), "trunc_normal": ("std",), "uniform": ("low", "high"), "constant": ("value",)}
_WITHOUT_BIAS = ("nn.Conv", "nn.Linear")
"""Layers whose bias is None where it was not asked for; by how they begin."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Parameters of one name in layers of one class and one part of the model."""

    part: str
    callee: str
    parameter: str


def initializer(plan: Plan) -> list[str]:
    """Return the lines of `initialize(model)`, tables first; none where every layer starts as in torch."""
    groups = _groups(plan)
    tables: list[str] = []
    rules: list[str] = []
    for group, members in groups.items():
        rules += _rule(group, members, tables)
    if not rules:
        return []
    single = [_single(group, members) for group, members in groups.items()]
    head = [
        "def initialize(model: nn.Module) -> None:",
        '    """Start the parameters as the spec says; those left out start as torch\'s own layers do."""',
        *(["    parameters = dict(model.named_parameters())"] if any(single) else []),
        *([] if all(single) else ["    for path, module in model.named_modules():"]),
    ]
    rules = _joined(rules)
    looped = [rule for rule in rules if rule.startswith("        ")]
    alone = [rule for rule in rules if not rule.startswith("        ")]
    return [*tables, *(["", ""] if tables else []), *head, *looped, *alone]


def _joined(rules: list[str]) -> list[str]:
    """Return the rules, those of one condition twice in a row under it once."""
    found: list[str] = []
    condition = ""
    for rule in rules:
        if rule.startswith("        if ") and rule.endswith(":"):
            if rule == condition:
                continue
            condition = rule
        elif not rule.startswith("         "):
            condition = ""
        found.append(rule)
    return found


def _groups(plan: Plan) -> dict[_Group, dict[str, Init]]:
    found: dict[_Group, dict[str, Init]] = {}
    for node in plan.modules():
        if isinstance(node.op, ops.SelfAttention2d):
            continue  # the layer itself starts so
        for name, _ in parameters(node.op):
            how = dict(node.init).get(name, TORCH_DEFAULT)
            group = _Group(node.module.partition(".")[0], _callee(node), name)
            found.setdefault(group, {})[node.module] = _shown(how, node, name)
    return {g: m for g, m in found.items() if any(how != TORCH_DEFAULT for how in m.values())}


def _shown(how: Init, node: Node, name: str) -> Init:
    """Return `TORCH_DEFAULT` where the layer starts so anyway."""
    return TORCH_DEFAULT if how == start(node.op, name) else how


def _callee(node: Node) -> str:
    made = expression(node.op)
    assert isinstance(made, Layer)
    return "" if isinstance(node.op, ops.Parameter) else made.callee


def _single(group: _Group, members: dict[str, Init]) -> bool:
    """Return True where the parameters are named one by one."""
    return not group.callee or len(members) == 1


def _rule(group: _Group, members: dict[str, Init], tables: list[str]) -> list[str]:
    if _single(group, members):
        suffix = f".{group.parameter}" if group.callee else ""
        return [
            line
            for path, how in members.items()
            if how != TORCH_DEFAULT
            for line in lines(_call(how, f"parameters[{text_literal(path + suffix)}]"), 4)
        ]
    test, kind = f"path.startswith({text_literal(group.part + '.')})", f"isinstance(module, {group.callee})"
    head = [f"        if {test} and {kind}:"]
    if len(head[0]) > WIDTH:
        head = [f"        inside = {test}", f"        if inside and {kind}:"]
    if group.parameter != "bias" or not group.callee.startswith(_WITHOUT_BIAS):
        return [*head, *_body(group, members, f"module.{group.parameter}", tables)]
    body = _body(group, members, "bias", tables)
    test_bias = ["            bias = module.bias", "            if bias is not None:"]
    return [*head, *test_bias, *(f"    {line}" for line in body)]


def _body(group: _Group, members: dict[str, Init], target: str, tables: list[str]) -> list[str]:
    counted = Counter(members.values()).most_common()
    if len(counted) == 1:
        return [*lines(_call(counted[0][0], target), 12)]
    if len(counted) > _MANY and _tabular(members):
        return [*_from_table(group, members, target, tables)]
    return [*_cases(group, members, counted, target, tables)]


def _tabular(members: dict[str, Init]) -> bool:
    """Return True where all start by one formula whose numbers can stand in a table."""
    kind, *others = {how.kind for how in members.values()}
    return not others and kind in _FIELDS


def _from_table(group: _Group, members: dict[str, Init], target: str, tables: list[str]) -> Iterator[str]:
    """Yield the lines of a start whose numbers differ from layer to layer: a table by path."""
    kind = next(iter(members.values())).kind
    name = constant_name(f"{group.part}_{group.parameter}_start")
    while any(line.startswith(f"{name}:") for line in tables):
        name += "_"
    single = len(_FIELDS[kind]) == 1
    tables += ["", ""] if tables else []
    tables.append(f"{name}: dict[str, {'float' if single else 'tuple[float, float]'}] = {{")
    for path, how in members.items():
        values = [getattr(how, field) for field in _FIELDS[kind]]
        tables.append(f"    {text_literal(path)}: {values[0] if single else tuple(values)!r},")
    tables.append("}")
    number = f"{name}[path]"
    if kind == "uniform":
        yield from lines(call("nn.init.uniform_", target, f"*{number}"), 12)
    elif kind == "constant":
        yield from lines(call("nn.init.constant_", target, number), 12)
    else:
        yield from lines(call(f"nn.init.{kind}_", target, f"std={number}"), 12)


def _cases(
    group: _Group,
    members: dict[str, Init],
    counted: Sequence[tuple[Init, int]],
    target: str,
    tables: list[str],
) -> Iterator[str]:
    """Return the exceptions by their paths, then the rule."""
    (usual, _), *others = counted
    word = "if"
    alone = usual == TORCH_DEFAULT and len(others) == 1
    for how, _ in others:
        paths = [path for path, member in members.items() if member == how]
        condition = _condition(paths, list(members))
        if condition is None:
            name = constant_name(f"{group.part}_{group.parameter}_{how.kind}")
            while any(line.startswith(f"{name} =") for line in tables):
                name += "_"
            tables += ["", ""] if tables else []
            tables += [f"{name} = {{", *(f"    {text_literal(path)}," for path in paths), "}"]
            condition = f"path in {name}"
        if alone:  # two conditions one inside the other would read as one
            yield f"            named = {condition}"
            condition = "named"
        yield f"            {word} {condition}:"
        text = "pass  # as torch starts it" if how == TORCH_DEFAULT else None
        yield from [f"                {text}"] if text else lines(_call(how, target), 16)
        word = "elif"
    if usual != TORCH_DEFAULT:
        yield "            else:"
        yield from lines(_call(usual, target), 16)


def _condition(paths: list[str], others: list[str]) -> str | None:
    """Return a condition that holds of these paths alone: one path, or an ending that no other has."""
    if len(paths) == 1 and len(paths[0]) < 50:
        return f"path == {text_literal(paths[0])}"
    segments = paths[0].split(".")
    for count in (1, 2, 3):
        ending = "." + ".".join(segments[-count:])
        fitting = {path for path in others if path.endswith(ending)}
        if fitting == set(paths):
            return f"path.endswith({text_literal(ending)})"
    return None


def _call(how: Init, target: str) -> Text:
    """Return the call of `torch.nn.init` with what differs from its defaults."""
    match how.kind:
        case "constant" if how.value in (0.0, 1.0):
            return call("nn.init.ones_" if how.value else "nn.init.zeros_", target)
        case "constant":
            return call("nn.init.constant_", target, repr(how.value))
        case "normal":
            given = _given(mean=(how.mean, 0.0), std=(how.std, 1.0))
        case "trunc_normal":
            low, high = (how.low, how.high) if how.low < how.high else (-2.0, 2.0)
            given = _given(mean=(how.mean, 0.0), std=(how.std, 1.0), a=(low, -2.0), b=(high, 2.0))
        case "uniform":
            return call("nn.init.uniform_", target, repr(how.low), repr(how.high))
        case "kaiming_normal" | "kaiming_uniform":
            given = _given(
                a=(how.a, 0.0), mode=(how.mode, "fan_in"), nonlinearity=(how.nonlinearity, "leaky_relu")
            )
        case "xavier_normal" | "xavier_uniform":
            given = _given(gain=(how.gain, 1.0))
        case "icnr":
            return call("icnr_", target, f"scale={how.scale}")
        case "torch_default":
            raise AssertionError("nothing is written for torch's own start")
        case _:
            assert_never(how.kind)
    return call(f"nn.init.{how.kind}_", target, *given)


def _given(**arguments: tuple[float | str, float | str]) -> list[str]:
    return [f"{name}={literal(value)}" for name, (value, default) in arguments.items() if value != default]
