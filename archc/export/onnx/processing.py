"""Preprocessing and postprocessing as nodes of the plan, so that every backend computes them alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archc.export.onnx.rewiring import rewired
from archc.ops.facts import infer
from archc.ops.node import Node
from archc.ops.tensors import TensorType
from archc.plan.plan import Input, Plan
from archc.spec.document import PostprocessWord
from archc.spec.layers import Argmax, ImageToFloat, Normalize, Op, ResizeLike, Sigmoid, Softmax

Postprocess = PostprocessWord | Mapping[str, PostprocessWord]
"""For every output, or for each that is named."""


def with_processing(plan: Plan, preprocess: bool, postprocess: Postprocess) -> Plan:
    """The plan that takes images `(N, H, W, C)` as files have them and answers with probabilities or classes.

    Class numbers of a segmentation come at the picture's own size. Inputs and outputs keep their names.
    """
    if preprocess:
        plan = _with_pictures_in(plan)
    if isinstance(postprocess, str):
        postprocess = {name: postprocess for name, _ in plan.outputs}
    return plan if set(postprocess.values()) <= {"none"} else _with_answers(plan, postprocess)


def _with_pictures_in(plan: Plan) -> Plan:
    inputs, front, names = [], [], {}
    for given in plan.inputs:
        if len(given.type.shape) != 4 or given.type.dtype != "float32":
            inputs.append(given)
            continue
        n, c, h, w = given.type.shape
        picture = TensorType((n, h, w, c), given.dtype)
        to_float = ImageToFloat(low=given.range[0], high=given.range[1])
        scaled = _node(f"{given.name}.to_float", to_float, (given.name,), (picture,))
        scale = Normalize(mean=given.mean, std=given.std)
        centered = _node(f"{given.name}.normalize", scale, (scaled.name,), (scaled.out,))
        inputs.append(replace(given, type=picture, channels_last=True))
        front += [scaled, centered]
        names[given.name] = centered.name
    changed = rewired(plan, names)
    return replace(changed, inputs=tuple(inputs), nodes=(*front, *changed.nodes))


def _with_answers(plan: Plan, words: Mapping[str, PostprocessWord]) -> Plan:
    types, nodes, outputs = plan.types(), list(plan.nodes), []
    for output, value in plan.outputs:
        word = words.get(output, "none")
        if word == "none" or len(types[value].shape) < 2 or types[value].dtype != "float32":
            outputs.append((output, value))
            continue
        last = value
        for node in _answer(plan, output, value, word):
            nodes.append(node)
            last = node.name
        outputs.append((output, last))
    return replace(plan, nodes=tuple(nodes), outputs=tuple(outputs))


def _answer(plan: Plan, output: str, value: str, word: PostprocessWord) -> list[Node]:
    types = plan.types()
    made: list[Node] = []
    if word == "argmax" and len(types[value].shape) == 4:
        made += _at_picture_size(plan, output, value)
    last = made[-1].name if made else value
    given = made[-1].out if made else types[value]
    op: Op = Argmax(dim=1) if word == "argmax" else Softmax(dim=1) if word == "softmax" else Sigmoid()
    return [*made, _node(f"{output}.{op.op}", op, (last,), (given,))]


def _at_picture_size(plan: Plan, output: str, value: str) -> list[Node]:
    """A resize of the scores, where they are not as high and wide as the first picture."""
    types = plan.types()
    picture = next((i for i in plan.inputs if len(i.type.shape) == 4), None)
    if picture is None:
        return []
    like = _normalized(picture)
    if types[like].shape[2:] == types[value].shape[2:]:
        return []
    pair = (types[value], types[like])
    return [_node(f"{output}.resize", ResizeLike(mode="bilinear"), (value, like), pair)]


def _normalized(picture: Input) -> str:
    """The name of the picture as `(N, C, H, W)`."""
    return f"{picture.name}.normalize" if picture.channels_last else picture.name


def _node(name: str, op: Op, inputs: tuple[str, ...], types: tuple[TensorType, ...]) -> Node:
    resolved, out = infer(op, types)
    return Node(name=name, op=resolved, inputs=inputs, module=name, out=out)
