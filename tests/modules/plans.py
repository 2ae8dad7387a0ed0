"""Hand-made plans: a few lines a network, shapes by the catalog's own inference."""

from __future__ import annotations

from dataclasses import dataclass, field

from archc.bodies.catalog import IMAGE, find
from archc.ops.dims import symbol
from archc.ops.facts import infer
from archc.ops.initializers import Init
from archc.ops.node import Node
from archc.ops.tensors import TensorType
from archc.plan.inputs import ImageInput, Input
from archc.plan.outputs import Output
from archc.plan.plan import BodyUse, Plan
from archc.spec import layers as ops
from archc.spec.layers import Op


@dataclass
class Sketch:
    """A plan as it grows: `add` returns the value's name."""

    types: dict[str, TensorType] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)

    def image(self, name: str = "image", channels: int = 3) -> str:
        self.types[name] = TensorType((symbol("n"), channels, symbol("h"), symbol("w")))
        self.inputs.append(ImageInput(name, self.types[name], (), ()))
        return name

    def add(self, name: str, op: Op, *inputs: str, module: str | None = None, **init: Init) -> str:
        resolved, out = infer(op, tuple(self.types[i] for i in inputs))
        self.types[name] = out
        self.nodes.append(
            Node(name, resolved, inputs, name if module is None else module, out, tuple(init.items()))
        )
        return name

    def plan(self, *outputs: str, bodies: tuple[BodyUse, ...] = (), **named: str) -> Plan:
        ends = tuple(Output(*end) for end in ({name: name for name in outputs} | named).items())
        return Plan("sketch", tuple(self.inputs), tuple(self.nodes), ends, bodies)


def linked(
    ref: str, *, weights: str = "none", channels: int = 3, cut: str | None = None, prefix: str = "body"
) -> Plan:
    """A plan that is one body of the catalog and nothing else, whole unless cut."""
    record = find(ref)
    s = Sketch()
    image = s.image(channels=channels)
    if record.fixed_size:
        s.types[image] = TensorType((symbol("n"), channels, *record.size))
    names = {IMAGE: image}
    last = max(i for i, _ in enumerate(record.nodes) if record.computed_at(i) == i)
    for index in record.ancestors(last if cut is None else record.exit_of(cut)):
        node = record.nodes[index]
        name, inputs = f"{prefix}.{node.name}", (names[i] for i in node.inputs)
        names[index] = s.add(name, node.op, *inputs, module=f"{prefix}.{node.module}", **dict(node.init))
    end = names[max(names)]
    return s.plan(end, bodies=(BodyUse(prefix, ref, cut or record.cut, weights, channels),))


def resnet(blocks: tuple[int, ...] = (1, 1), width: int = 8, classes: int = 5) -> Plan:
    """A ResNet under torchvision's names, `body.` before its convolutions and `head.` before the rest."""
    s = Sketch()
    x = _normed(s, "body.conv1", "body.bn1", s.image(), width, 7, 2)
    x = s.add("body.relu", ops.Relu(), x)
    x = s.add("body.maxpool", ops.MaxPool2d(kernel_size=3, stride=2, padding=1), x)
    channels = width
    for stage, count in enumerate(blocks, 1):
        for index in range(count):
            stride = 2 if stage > 1 and index == 0 else 1
            x, channels = _block(
                s, f"body.layer{stage}.{index}", x, channels, width * 2 ** (stage - 1), stride
            )
    x = s.add("head.0", ops.AdaptiveAvgPool2d(), x)
    x = s.add("head.1", ops.Flatten(), x)
    return s.plan(s.add("head.2", ops.Linear(out_features=classes), x))


def _block(s: Sketch, path: str, x: str, channels: int, out: int, stride: int) -> tuple[str, int]:
    y = s.add(f"{path}.relu", ops.Relu(), _normed(s, f"{path}.conv1", f"{path}.bn1", x, out, 3, stride))
    y = _normed(s, f"{path}.conv2", f"{path}.bn2", y, out, 3, 1)
    if stride != 1 or channels != out:
        x = _normed(s, f"{path}.downsample.0", f"{path}.downsample.1", x, out, 1, stride)
    added = s.add(f"{path}.add", ops.Add(), y, x)
    return s.add(f"{path}.relu_1", ops.Relu(), added, module=f"{path}.relu"), out


def _normed(s: Sketch, conv: str, norm: str, x: str, out: int, kernel: int, stride: int) -> str:
    op = ops.Conv2d(out_channels=out, kernel_size=kernel, stride=stride, bias=False)
    return s.add(norm, ops.BatchNorm2d(), s.add(conv, op, x))
