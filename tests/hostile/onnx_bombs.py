"""Hostile ONNX files by families, each from a seed: `hostile("loop", 3)` is the fourth of its kind.

`python -m tests.hostile.onnx_bombs FOLDER COUNT` writes so many of each family and an image to run them on.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper
from PIL import Image

Made = ModelProto | bytes
EVIL = "n\n::error file=README.md::injected\n\x1b]0;title\x07\x1b[31m\u202e"


def told(**more: Any) -> dict[str, Any]:
    """What a file says of itself: an image of 16 x 16 grey pixels in, numbers out."""
    image = {"name": "image", "size": [16, 16], "channels": 1, "mean": [0.5], "std": [0.5]}
    output = {"name": "y", "task": "tensor", "postprocess": "none", "classes": []}
    return {"inputs": [image], "outputs": [output], "preprocess": True, "dynamic": ["batch"]} | more


def array(name: str, value: Any, dtype: str = "int64") -> TensorProto:
    return numpy_helper.from_array(np.array(value, dtype), name)


def node(op: str, inputs: Sequence[str], outputs: Sequence[str], **more: Any) -> NodeProto:
    return helper.make_node(op, inputs, outputs, **more)


def model(
    nodes: Sequence[NodeProto],
    weights: Sequence[TensorProto] = (),
    said: dict[str, Any] | None = None,
    **more: Any,
) -> ModelProto:
    """A model that makes `r`, the mean of each image, before `nodes`, which make `y`."""
    start = [
        node("Cast", ["image"], ["f"], to=TensorProto.FLOAT),
        node("ReduceMean", ["f", "axes"], ["r"], keepdims=0),
    ]
    graph = helper.make_graph(
        [*start, *nodes],
        "g",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", 16, 16, 1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [array("axes", [1, 2, 3]), *weights],
    )
    domains = more.pop("domains", ())
    ids = [helper.make_opsetid("", more.pop("opset", 20)), *(helper.make_opsetid(d, 1) for d in domains)]
    made = helper.make_model(graph, opset_imports=ids, ir_version=more.pop("ir", 10), **more)
    helper.set_model_props(made, {"archc.input": json.dumps(said or told())})
    return made


def functions(random: random.Random) -> Made:
    """Functions that call each other twice, or themselves."""
    ids, count = [helper.make_opsetid("", 20), helper.make_opsetid("x", 1)], random.randint(2, 30)

    def called(i: int) -> list[NodeProto]:
        other = i + 1 if random.random() < 0.8 else random.randint(0, count)
        return [node(f"F{other}", ["a"], ["b"], domain="x"), node(f"F{i + 1}", ["b"], ["c"], domain="x")]

    made = [helper.make_function("x", f"F{i}", ["a"], ["c"], called(i), ids) for i in range(count)]
    last = [node("Relu", ["a"], ["c"])]
    made.append(helper.make_function("x", f"F{count}", ["a"], ["c"], last, ids))
    return model([node("F0", ["r"], ["y"], domain="x")], functions=made, domains=["x"])


def _body() -> GraphProto:
    info = helper.make_tensor_value_info
    return helper.make_graph(
        [node("Identity", ["ci"], ["co"]), node("Identity", ["vi"], ["vo"])],
        "b",
        [
            info("i", TensorProto.INT64, []),
            info("ci", TensorProto.BOOL, []),
            info("vi", TensorProto.FLOAT, None),
        ],
        [info("co", TensorProto.BOOL, []), info("vo", TensorProto.FLOAT, None)],
    )


def loop(random: random.Random) -> Made:
    """Rounds without end."""
    rounds = array("trip", 1 << random.randint(20, 62))
    return model([node("Loop", ["trip", "c", "r"], ["y"], body=_body())], [rounds, array("c", True, "bool")])


def branch(random: random.Random) -> Made:
    """Graphs within graphs."""
    info = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    graph = helper.make_graph([node("Identity", ["r"], ["y"])], "g", [], info)
    for _ in range(random.randint(1, 60)):
        graph = (
            helper.make_graph([node("If", ["c"], ["y"], then_branch=graph, else_branch=graph)], "g", [], info)
            if graph.ByteSize() < 1 << 20
            else graph
        )
    return model([node("If", ["c"], ["y"], then_branch=graph, else_branch=graph)], [array("c", True, "bool")])


def other_operators(random: random.Random) -> Made:
    """Sequences, texts, random numbers, operators of nobody."""
    op, domain = random.choice(
        [
            ("Scan", ""),
            ("SequenceMap", ""),
            ("SequenceConstruct", ""),
            ("Optional", ""),
            ("StringConcat", ""),
            ("RandomNormal", ""),
            ("RegexFullMatch", ""),
            ("Evil", "x"),
            ("Tokenizer", "com.microsoft"),
            ("PyOp", "ai.onnx.contrib"),
            ("ImageDecoder", ""),
            ("Inverse", "com.microsoft"),
            (EVIL, ""),
            ("Relu", EVIL),
        ]
    )
    return model([node(op, ["r"], ["y"], domain=domain)], domains=[domain] if domain else [])


def many_nodes(random: random.Random) -> Made:
    count = random.randint(20_001, 40_000)
    chain = [node("Neg", [f"n{i - 1}" if i else "r"], [f"n{i}"]) for i in range(count)]
    return model([*chain, node("Identity", [f"n{count - 1}"], ["y"])])


def chain(random: random.Random) -> Made:
    """As many nodes as are allowed: their optimization must not take its time."""
    count, op = random.randint(2_000, 19_000), random.choice(["Add", "Mul", "Sub", "Max"])
    nodes = [node(op, [f"n{i - 1}" if i else "r"] * 2, [f"n{i}"]) for i in range(count)]
    return model(
        [*nodes, node("Sub", [f"n{count - 1}"] * 2, ["d"]), node("Clip", ["d", "lo", "hi"], ["y"])],
        [array("lo", 0, "float32"), array("hi", 1, "float32")],
    )


def wide(random: random.Random) -> Made:
    """A node of so many inputs."""
    op = random.choice(["Concat", "Max", "Mean"])
    more = {"axis": 0} if op == "Concat" else {}
    return model([node(op, ["r"] * random.randint(1_000, 200_000), ["y"], **more)])


def _reduced(nodes: Sequence[NodeProto], weights: Sequence[TensorProto]) -> Made:
    """What `nodes` make as `big`, as one number."""
    return model([*nodes, node("ReduceMax", ["big"], ["y"], keepdims=0)], weights)


def constant(random: random.Random) -> Made:
    shape = array("shape", [1 << random.randint(9, 31) for _ in range(random.randint(2, 4))])
    return _reduced([node("ConstantOfShape", ["shape"], ["big"])], [shape])


def expand(random: random.Random) -> Made:
    shape = array("shape", [1 << random.randint(12, 30), 1 << random.randint(12, 30), 1])
    return _reduced([node("Expand", ["r", "shape"], ["big"])], [shape])


def tile(random: random.Random) -> Made:
    return _reduced([node("Tile", ["r", "n"], ["big"])], [array("n", [1 << random.randint(28, 62)])])


def ranges(random: random.Random) -> Made:
    end = 10.0 ** random.randint(9, 18)
    numbers = [
        array("a", 0, "float32"),
        array("b", end, "float32"),
        array("c", 10.0 ** -random.randint(0, 9), "float32"),
    ]
    return _reduced([node("Range", ["a", "b", "c"], ["big"])], numbers)


def resize(random: random.Random) -> Made:
    sizes = array("sizes", [1, 1 << random.randint(12, 31), 1 << random.randint(12, 31), 1])
    mode = random.choice(["nearest", "linear", "cubic"])
    return _reduced([node("Resize", ["f", "", "", "sizes"], ["big"], mode=mode)], [sizes])


def pad(random: random.Random) -> Made:
    far = 1 << random.randint(14, 40)
    return _reduced([node("Pad", ["f", "pads"], ["big"])], [array("pads", [0, far, far, 0] * 2)])


def convolution(random: random.Random) -> Made:
    """One pixel, padded to a continent; or a kernel that never ends."""
    far = random.choice([9_000, 30_000, 2**20, 2**31 - 1])
    weight = numpy_helper.from_array(np.ones((random.choice([1, 64]), 1, 3, 3), np.float32), "w")
    turned = node("Transpose", ["f"], ["t"], perm=[0, 3, 1, 2])
    return _reduced([turned, node("Conv", ["t", "w"], ["big"], pads=[far] * 4)], [weight])


def multiplications(random: random.Random) -> Made:
    """Work without end in little memory."""
    side, count = random.choice([4096, 8192]), random.randint(20, 200)
    nodes = [
        node("ConstantOfShape", ["shape"], ["m0"], value=helper.make_tensor("v", 1, [1], [1e-3])),
        node("Add", ["m0", "r"], ["n0"]),
    ]
    nodes += [node("MatMul", [f"n{i}", "n0"], [f"n{i + 1}"]) for i in range(count)]
    return _reduced(
        [*nodes, node("Clip", [f"n{count}", "lo", "hi"], ["big"])],
        [array("shape", [side, side]), array("lo", 0, "float32"), array("hi", 1, "float32")],
    )


def doubling(random: random.Random) -> Made:
    """Twice as long with each node."""
    count = random.randint(30, 62)
    nodes = [node("Concat", [f"n{i}" if i else "r"] * 2, [f"n{i + 1}"], axis=0) for i in range(count)]
    return _reduced([*nodes, node("Identity", [f"n{count}"], ["big"])], [])


def products(random: random.Random) -> Made:
    """Every number with every other."""
    equation = random.choice(["a,b,c->abc", "a,b,c,d->abcd"])
    flat = node("Reshape", ["f", "flat"], ["v"])
    tiled = node("Tile", ["v", "n"], ["w"])
    return _reduced(
        [flat, tiled, node("Einsum", ["w"] * (equation.count(",") + 1), ["big"], equation=equation)],
        [array("flat", [-1]), array("n", [random.randint(8, 64)])],
    )


def one_hot(random: random.Random) -> Made:
    weights = [
        array("i", list(range(64))),
        array("depth", 1 << random.randint(28, 62)),
        array("values", [0, 1], "float32"),
    ]
    return _reduced([node("OneHot", ["i", "depth", "values"], ["big"])], weights)


def not_finite(random: random.Random) -> Made:
    op = random.choice(["Log", "Sqrt", "Div", "Exp", "Constant"])
    match op:
        case "Log" | "Sqrt":
            return model(
                [node("Sub", ["r", "big"], ["s"]), node(op, ["s"], ["y"])], [array("big", 1e6, "float32")]
            )
        case "Exp":
            return model(
                [node("Add", ["r", "big"], ["s"]), node("Exp", ["s"], ["y"])], [array("big", 1e6, "float32")]
            )
        case "Div":
            return model([node("Sub", ["r", "r"], ["s"]), node("Div", ["s", "s"], ["y"])])
    value = random.choice([float("nan"), float("inf"), float("-inf")])
    return model([node("Add", ["r", "k"], ["y"])], [array("k", value, "float32")])


def texts(random: random.Random) -> Made:
    weight = helper.make_tensor("s", TensorProto.STRING, [1], [EVIL.encode()])
    if random.random() < 0.5:
        return model([node("Identity", ["s"], ["y"])], [weight])
    return model([node("Cast", ["r"], ["y"], to=TensorProto.STRING)])


def external(random: random.Random) -> Made:
    weight = array("w", [1.0], "float32")
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    location = random.choice(["/etc/passwd", "../../secret", "file:///etc/hostname", "/dev/zero", "", EVIL])
    weight.external_data.add(key="location", value=location)
    if random.random() < 0.5:
        return model([node("Constant", [], ["c"], value=weight), node("Add", ["r", "c"], ["y"])])
    return model([node("Add", ["r", "w"], ["y"])], [weight])


def dimensions(random: random.Random) -> Made:
    """Weights of more numbers than there are, or fewer than none."""
    weight = array("w", [1.0], "float32")
    del weight.dims[:]
    weight.dims.extend(
        random.choice([[1 << 40], [-1], [-5, 3], [1 << 62, 1 << 62], [0, 1 << 60], [1] * 3_000, [2]])
    )
    return model([node("Add", ["r", "w"], ["y"])], [weight])


def sparse(random: random.Random) -> Made:
    made = model([node("Add", ["r", "s"], ["y"])])
    values, places = array("s", [1.0], "float32"), array("", [random.choice([0, 5, -1, 1 << 40])])
    made.graph.sparse_initializer.append(
        helper.make_sparse_tensor(values, places, [1 << random.randint(1, 50)])
    )
    return made


def entries(random: random.Random) -> Made:
    """Metadata without end."""
    made = model([node("Identity", ["r"], ["y"])])
    owner = random.choice([made, made.graph, made.graph.node[-1], made.graph.initializer[0]])
    for i in range(random.choice([2_000, 100_000, 1_000_000])):
        owner.metadata_props.add(key=f"k{i}", value=EVIL)
    return made


def training(random: random.Random) -> Made:
    made = model([node("Identity", ["r"], ["y"])])
    info = made.training_info.add()
    info.algorithm.CopyFrom(made.graph if random.random() < 0.5 else _body())
    return made


def cycle(random: random.Random) -> Made:
    length = random.randint(1, 50)
    ring = [node("Add", [f"n{(i + 1) % length}", "r"], [f"n{i}"]) for i in range(length)]
    return model([*ring, node("Identity", ["n0"], ["y"])])


def names(random: random.Random) -> Made:
    """The same name twice, or none, or one that drives the terminal, where the node then fails."""
    match random.randint(0, 3):
        case 0:
            return model([node("Neg", ["r"], ["y"]), node("Abs", ["r"], ["y"])])
        case 1:
            return model(
                [node("Identity", ["w"], ["y"])], [array("w", 1, "float32"), array("w", 2, "float32")]
            )
        case 2:
            return model(
                [node("ConstantOfShape", ["shape"], ["y"], name=EVIL)], [array("shape", [1 << 20, 1 << 20])]
            )
    return model([node("Add", ["r", EVIL], ["y"], name=EVIL * random.randint(1, 2_000))])


def versions(random: random.Random) -> Made:
    opset, ir = random.choice(
        [(0, 10), (-1, 10), (999, 10), (20, 0), (20, 10**9), (2**40, 10), (1, 3), (20, 10)]
    )
    made = model([node("Identity", ["r"], ["y"])], opset=opset, ir=ir)
    if (opset, ir) == (20, 10):
        del made.opset_import[:]
    return made


def lies(random: random.Random) -> Made:
    """A description of something else."""
    said = told()
    image, output = said["inputs"][0], said["outputs"][0]
    random.choice(
        [
            lambda: image.update(size=[1 << 40, 16]),
            lambda: image.update(size=[16_384, 16_384]),
            lambda: image.update(channels=3, mean=[0] * 3, std=[1] * 3),
            lambda: image.update(name=EVIL),
            lambda: image.update(std=[float("nan")]),
            lambda: image.update(std=[0]),
            lambda: said.update(inputs=[image] * 50),
            lambda: said.update(inputs=[]),
            lambda: said.update(outputs=[output, output]),
            lambda: output.update(name=EVIL),
            lambda: output.update(task="segmentation", postprocess="argmax"),
            lambda: output.update(task="classification", classes=[EVIL] * 100_000),
            lambda: output.update(task="multi_label", classes={"a": 1}),
            lambda: said.update(dynamic=3),
            lambda: said.update(comparison={"normalise": True, "same_below": "x"}),
        ]
    )()
    return model([node("Identity", ["r"], ["y"])], said=said)


def shapes(random: random.Random) -> Made:
    """Outputs of another form than one row for each image."""
    match random.randint(0, 3):
        case 0:
            return model([node("ReduceSum", ["r"], ["y"], keepdims=0)])
        case 1:
            return model([node("Concat", ["r", "r"], ["y"], axis=0)])
        case 2:
            return model([node("Slice", ["r", "z", "z"], ["y"])], [array("z", [0])])
    return model([node("ConstantOfShape", ["s"], ["y"])], [array("s", [1, 1 << random.randint(20, 28)])])


def damage(random: random.Random) -> Made:
    """Bytes of a sound file, changed."""
    content = bytearray(model([node("Identity", ["r"], ["y"])]).SerializeToString())
    match random.randint(0, 4):
        case 0:
            return bytes(content[: random.randrange(len(content))])
        case 1:
            for _ in range(random.randint(1, 20)):
                content[random.randrange(len(content))] = random.randrange(256)
            return bytes(content)
        case 2:
            return random.randbytes(random.randint(1, 5_000))
        case 3:
            return bytes(content) * random.randint(2, 50)
    deep = b""
    for _ in range(random.randint(100, 3_000)):  # graphs within attributes within nodes within graphs
        for field in (0x32, 0x2A, 0x0A, 0x3A):
            size, number = bytearray(), len(deep)
            while number > 127:
                size.append(number & 127 | 128)
                number >>= 7
            size.append(number)
            deep = bytes([field]) + bytes(size) + deep
            if len(deep) > 1 << 16:
                return deep
    return deep


FAMILIES: tuple[Callable[[random.Random], Made], ...] = (
    functions,
    loop,
    branch,
    other_operators,
    many_nodes,
    chain,
    wide,
    constant,
    expand,
    tile,
    ranges,
    resize,
    pad,
    convolution,
    multiplications,
    doubling,
    products,
    one_hot,
    not_finite,
    texts,
    external,
    dimensions,
    sparse,
    entries,
    training,
    cycle,
    names,
    versions,
    lies,
    shapes,
    damage,
)


def hostile(family: Callable[[random.Random], Made], seed: int) -> bytes:
    """The bytes of a file."""
    made = family(random.Random(f"{family.__name__} {seed}"))
    return made if isinstance(made, bytes) else made.SerializeToString()


def write(folder: Path, count: int) -> list[Path]:
    """Write `count` of each family and `a.png` into `folder`."""
    Image.fromarray(np.full((16, 16), 77, np.uint8)).save(folder / "a.png")
    paths = []
    for family in FAMILIES:
        for seed in range(count):
            paths.append(folder / f"{family.__name__}-{seed}.onnx")
            paths[-1].write_bytes(hostile(family, seed))
    return paths


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
