"""Random graphs as specs: valid by construction, over all that a spec may write.

`random_spec(seed)` is a spec of kind graph as plain data, `random_graph(seed)` the same compiled; one seed is
one graph. A draft is typed as it grows by the compiler's own inference: what does not fit is drawn again.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from archc.ops.faults import ShapeFault
from archc.ops.tensors import TensorType
from archc.plan.compile import Compiled, compile_document
from archc.plan.lower.builder import BATCH, Builder
from archc.plan.lower.fault import PlanFault
from archc.source.document.document import read_text
from archc.spec.fields import tag_of
from archc.spec.grammar import classes
from archc.spec.layers import Layer, Op

Data = dict[str, Any]
Draw = random.Random
Made = Callable[[Draw], Data]

LARGEST = 30_000
"""Values of one example in any map: graphs stay quick."""

PLAIN = (
    *("celu", "elu", "gelu", "hardsigmoid", "hardswish", "hardtanh", "identity", "leaky_relu", "log_sigmoid"),
    *("mish", "prelu", "relu", "relu6", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "tanh"),
    *("tanhshrink", "dropout", "alpha_dropout", "layer_norm", "rms_norm", "log_softmax", "softshrink"),
)
"""Layers of any shape that need no argument."""


def random_graph(seed: int) -> Compiled:
    """The graph of a seed, compiled."""
    return compile_document(read_text(json.dumps(random_spec(seed)), f"graph{seed}.json", "json"))


def random_spec(seed: int) -> Data:
    """The graph of a seed as plain data."""
    draft = _Draft(Draw(seed))
    for _ in range(draft.draw.randint(3, 12)):
        draft.grow()
    draft.read_all_inputs()
    draft.draw.shuffle(draft.nodes)
    outputs = {f"out{i}": name for i, name in enumerate(draft.unread())}
    if draft.draw.random() < 0.2:
        outputs["again"] = draft.draw.choice(draft.nodes)["name"]
    model: Data = {"kind": "graph", "outputs": outputs, "nodes": draft.nodes}
    if draft.modules:
        model["modules"] = draft.modules
    return {"archc": 1, "inputs": draft.inputs, "model": model}


@dataclass
class _Draft:
    """A graph as it grows: what is written, and the types so far."""

    draw: Draw
    inputs: Data = field(default_factory=dict)
    nodes: list[Data] = field(default_factory=list)
    modules: Data = field(default_factory=dict)
    types: dict[str, TensorType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        alike = self.draw.random() < 0.6
        size = [self.draw.randint(6, 20), self.draw.randint(6, 20)]
        for name in ("one", "two", "three")[: self.draw.choice((1, 1, 1, 2, 2, 3))]:
            if not alike:
                size = [self.draw.randint(6, 20), self.draw.randint(6, 20)]
            channels = self.draw.choice((1, 3, 4, 8))
            self.inputs[name] = {"size": size, "channels": channels}
            self.types[name] = TensorType((BATCH, channels, *size))

    def grow(self) -> None:
        """One node more, of whatever kind fits."""
        kinds = (self._chain, self._chain, self._single, self._join, self._shared, self._head)
        for _ in range(20):
            try:
                self.draw.choice(kinds)()
            except (PlanFault, ShapeFault):
                continue
            return

    def read_all_inputs(self) -> None:
        """A convolution for each input that nothing has read."""
        for name in self.inputs:
            if name not in self._read():
                self._add({"from": name, "op": {"op": "conv2d", "out_channels": 4, "kernel_size": 1}})

    def unread(self) -> list[str]:
        """The nodes that no node reads."""
        return [node["name"] for node in self.nodes if node["name"] not in self._read()]

    def _read(self) -> set[str]:
        froms = [n["from"] if isinstance(n["from"], list) else [n["from"]] for n in self.nodes]
        return {name for names in froms for name in names}

    def _some_value(self) -> str:
        """An earlier value, the last one rather than others."""
        names = list(self.types)
        return names[-1] if self.draw.random() < 0.5 else self.draw.choice(names)

    def _chain(self) -> None:
        value = self._some_value()
        layers, out = self._layers(value)
        self._add({"from": value, "layers": layers}, out)

    def _single(self) -> None:
        value = self._some_value()
        layer = a_layer(self.draw, self.types[value], nested=False)
        self._add({"from": value, "op": layer}, self._typed([layer], value))

    def _head(self) -> None:
        value = self._some_value()
        if len(self.types[value].shape) not in (2, 4) or self.draw.random() < 0.5:
            raise ShapeFault("no head here")
        hidden = [self.draw.randint(2, 9) for _ in range(self.draw.randint(0, 2))]
        head = {"pool": self.draw.choice(("concat", "avg", "max")), "hidden": hidden}
        classes = self.draw.randint(2, 6)
        self._add({"from": value, "head": head, "classes": classes}, TensorType((BATCH, classes)))

    def _join(self) -> None:
        """Two values or three of one shape, or of one rank along the dimension that they are joined by."""
        first = self._some_value()
        op = self.draw.choice(("add", "multiply", "concat", "abs_difference", "squared_difference"))
        like = [n for n, t in self.types.items() if _alike(t, self.types[first], op == "concat")]
        count = 2 if "difference" in op else self.draw.choice((2, 2, 3))
        values = [first, *(self.draw.choice(like) for _ in range(count - 1))]
        written: Data = {"op": op}
        if len(self.types[first].shape) == 4 and self.draw.random() < 0.4:
            maps = [n for n, t in self.types.items() if len(t.shape) == 4]
            values = [first, self.draw.choice(maps)]
            written = {"op": "resize_like", "mode": self.draw.choice(("nearest", "bilinear"))}
        elif "difference" in op and self.draw.random() < 0.3:
            written = {"op": "cosine_similarity"}
        trial = Builder(types=dict(self.types))
        made = trial.add("trial", _op(written), *values)
        self._add({"from": values, "op": written}, trial.types[made])

    def _shared(self) -> None:
        """A module that is new, or a further use of one on a value of the same type."""
        known = [(name, m) for name, m in self.modules.items() if self.draw.random() < 0.7]
        for name, _ in known:
            use = next(node for node in self.nodes if node.get("use") == name)
            fitting = [n for n, t in self.types.items() if t == self.types[use["from"]]]
            self._add({"from": self.draw.choice(fitting), "use": name}, self.types[use["name"]])
            return
        value, name = self._some_value(), f"shared{len(self.modules)}"
        layers, out = self._layers(value)
        self._add({"from": value, "use": name}, out)
        self.modules[name] = {"layers": layers}

    def _layers(self, value: str) -> tuple[list[Data], TensorType]:
        layers: list[Data] = []
        out = self.types[value]
        for _ in range(self.draw.randint(1, 4)):
            layer = a_layer(self.draw, out, nested=True)
            try:
                out = self._typed([*layers, layer], value)
            except (PlanFault, ShapeFault):
                continue
            layers.append(layer)
        if not layers:
            raise ShapeFault("nothing fits")
        return layers, out

    def _typed(self, layers: list[Data], value: str) -> TensorType:
        """What the layers make of a value, if they fit and stay small."""
        trial = Builder(types=dict(self.types))
        end = trial.chain("trial", [_layer(layer) for layer in layers], value, ())
        for node in trial.nodes:
            count = 1
            for dim in node.out.shape[1:]:
                assert isinstance(dim, int)
                count *= dim
            if not 1 <= count <= LARGEST:
                raise ShapeFault("too large to be quick")
        return trial.types[end]

    def _add(self, node: Data, out: TensorType | None = None) -> None:
        name = f"n{len(self.nodes)}"
        if out is None:
            out = self._typed([node["op"]], node["from"])
        self.nodes.append({"name": name, **node})
        self.types[name] = out


def a_layer(draw: Draw, given: TensorType, *, nested: bool) -> Data:
    """Some layer for values of a rank; not every one fits every value."""
    rank = len(given.shape)
    if nested and rank == 3 and draw.random() < 0.15:
        return {"op": "transformer_encoder_layer", "nhead": draw.choice((1, 2)), "dim_feedforward": 8}
    if nested and rank == 4 and draw.random() < 0.15:
        return _nested(draw, given)
    if draw.random() < 0.3:
        return {"op": draw.choice(PLAIN)}
    return draw.choice(_BY_RANK[rank])(draw)


def _nested(draw: Draw, given: TensorType) -> Data:
    channels = given.shape[1]
    inner = [
        {"op": "conv2d", "out_channels": channels, "kernel_size": 3, "stride": draw.choice((1, 1, 2))},
        {"op": draw.choice(("batch_norm2d", "relu", "silu"))},
    ]
    return draw.choice(
        (
            {"op": "residual", "layers": inner},
            {"op": "repeat", "times": 2, "layers": [{**inner[0], "stride": 1}, inner[1]]},
            {"op": "separable_conv2d", "out_channels": draw.choice((4, 6)), "kernel_size": 3},
            {"op": "depthwise_conv2d", "kernel_size": 3, "multiplier": draw.choice((1, 2))},
            {"op": "relu_squared"},
            {"op": "squeeze_excitation", "squeeze_channels": 2},
            {"op": "pixel_shuffle_icnr", "out_channels": 4},
        )
    )


def _conv(dims: int, transposed: bool = False) -> Made:
    def made(draw: Draw) -> Data:
        layer = {
            "op": f"conv{'_transpose' if transposed else ''}{dims}d",
            "out_channels": draw.choice((4, 8, 12)),
            "kernel_size": draw.choice((1, 2, 3)),
            "stride": draw.choice((1, 1, 2)),
            "dilation": draw.choice((1, 1, 2)),
            "groups": draw.choice((1, 1, 1, 4)),
            "bias": draw.random() < 0.7,
        }
        if draw.random() < 0.3:
            layer["padding"] = draw.choice((0, 1))
        return layer

    return made


def _pool(op: str) -> Made:
    def made(draw: Draw) -> Data:
        layer: Data = {"op": op, "kernel_size": draw.choice((2, 3)), "padding": draw.choice((0, 0, 1))}
        if draw.random() < 0.5:
            layer["stride"] = draw.choice((1, 2))
        if draw.random() < 0.3:
            layer["ceil_mode"] = True
        return layer

    return made


def _with(op: str, **choices: tuple[Any, ...]) -> Made:
    return lambda draw: {"op": op, **{key: draw.choice(values) for key, values in choices.items()}}


_ANY: tuple[Made, ...] = (
    _with("linear", out_features=(3, 6, 8), bias=(True, False)),
    _with("output_range", low=(-1.0,), high=(2.0,)),
    _with("stochastic_depth", p=(0.1,), mode=("row", "batch")),
    _with("glu", dim=(1, -1)),
    _with("flatten"),
    _with("softmax", dim=(1, -1)),
)
_BY_RANK: dict[int, tuple[Made, ...]] = {
    2: (
        *_ANY,
        _with("batch_norm1d"),
        _with("unsqueeze", dim=(1, 2)),
        _with("unflatten", dim=(1,), unflattened_size=([2, -1], [-1, 3])),
    ),
    3: (
        *_ANY,
        _conv(1),
        _conv(1, transposed=True),
        _pool("max_pool1d"),
        _pool("avg_pool1d"),
        _with("adaptive_avg_pool1d", output_size=(1, 3)),
        _with("adaptive_max_pool1d"),
        _with("batch_norm1d"),
        _with("instance_norm1d", affine=(True, False)),
        _with("group_norm", num_groups=(1, 2)),
        _with("multihead_attention", num_heads=(1, 2)),
        _with("permute", dims=([0, 2, 1],)),
        _with("dropout1d"),
        _with("squeeze", dim=(1, 2)),
    ),
    4: (
        *_ANY,
        _conv(2),
        _conv(2),
        _conv(2),
        _conv(2, transposed=True),
        _pool("max_pool2d"),
        _pool("avg_pool2d"),
        _with("adaptive_avg_pool2d", output_size=(1, 2, [2, 3])),
        _with("adaptive_max_pool2d"),
        _with("adaptive_concat_pool2d"),
        _with("global_avg_pool2d"),
        _with("global_max_pool2d"),
        _with("batch_norm2d", affine=(True, True, False)),
        _with("batch_norm2d"),
        _with("instance_norm2d", affine=(True, False)),
        _with("layer_norm2d"),
        _with("global_response_norm", eps=(1e-6, 0.1)),
        _with("local_response_norm", size=(3, 5)),
        _with("group_norm", num_groups=(1, 2, 4)),
        _with("self_attention2d"),
        _with("blur"),
        _with("channel_shuffle", groups=(2,)),
        _with("pixel_shuffle", upscale_factor=(2,)),
        _with("pixel_unshuffle", downscale_factor=(2,)),
        _with("upsample", scale_factor=(2,), mode=("nearest", "bilinear")),
        _with("flatten", start_dim=(2,)),
        _with("permute", dims=([0, 1, 3, 2], [0, 3, 1, 2])),
        _with("unsqueeze", dim=(2,)),
        _with("dropout2d"),
    ),
    5: (
        *_ANY,
        _conv(3),
        _conv(3, transposed=True),
        _pool("max_pool3d"),
        _pool("avg_pool3d"),
        _with("adaptive_avg_pool3d", output_size=(1, 2)),
        _with("batch_norm3d"),
        _with("dropout3d"),
        _with("squeeze", dim=(2,)),
        _with("flatten", start_dim=(1,), end_dim=(2,)),
    ),
}


def _alike(one: TensorType, other: TensorType, but_channels: bool) -> bool:
    if but_channels and len(one.shape) == len(other.shape):
        return one.shape[2:] == other.shape[2:]
    return one.shape == other.shape


def _layer(written: Data) -> Layer:
    made: Layer = _built(written)
    return made


def _op(written: Data) -> Op:
    made: Op = _built(written)
    return made


def _is_layer(cls: type) -> bool:
    return isinstance(getattr(cls, "_defaults", {}).get("op"), str)


def _built(written: Data) -> Any:
    """A layer of the language from plain data, as the grammar makes it."""
    by_tag = {tag_of(c, "op"): c for c in classes().values() if _is_layer(c)}
    held = {
        key: tuple(_built(v) if isinstance(v, dict) else v for v in value)
        if isinstance(value, list)
        else value
        for key, value in written.items()
    }
    return by_tag[held["op"]](**held)
