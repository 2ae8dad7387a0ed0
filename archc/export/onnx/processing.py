"""Preprocessing and postprocessing as nodes of the plan, so that every backend computes them alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archc.export.onnx.inputs import made_node, preprocessed
from archc.export.onnx.rewiring import rewired
from archc.ops.node import Node
from archc.plan.inputs import images
from archc.plan.plan import Plan
from archc.spec.layers import Argmax, Op, ResizeLike, Sigmoid, Softmax
from archc.spec.outputs import PostprocessWord

Postprocess = PostprocessWord | Mapping[str, PostprocessWord]
"""For every output, or for each that is named."""


def with_processing(plan: Plan, preprocess: bool, postprocess: Postprocess) -> Plan:
    """Return the plan that takes images `(N, H, W, C)` as files have them and gives probabilities or classes.

    Class numbers of a segmentation come at the image's own size. Inputs and outputs keep their names.
    """
    if preprocess:
        plan = _with_files_in(plan)
    if isinstance(postprocess, str):
        postprocess = {output.name: postprocess for output in plan.outputs}
    return plan if set(postprocess.values()) <= {"none"} else _with_words(plan, postprocess)


def _with_files_in(plan: Plan) -> Plan:
    made = [(given, *preprocessed(given)) for given in plan.inputs]
    changed = rewired(plan, {given.name: nodes[-1].name for given, _, nodes in made if nodes})
    front = (node for _, _, nodes in made for node in nodes)
    inputs = tuple(as_read for _, as_read, _ in made)
    return replace(changed, inputs=inputs, nodes=(*front, *changed.nodes))


def _with_words(plan: Plan, words: Mapping[str, PostprocessWord]) -> Plan:
    types, nodes, outputs = plan.types(), list(plan.nodes), []
    for output in plan.outputs:
        word = words.get(output.name, "none")
        if word == "none" or len(types[output.value].shape) < 2 or types[output.value].dtype != "float32":
            outputs.append(output)
            continue
        added = _worded(plan, output.name, output.value, word)
        nodes += added
        outputs.append(output.changed(value=added[-1].name))
    return replace(plan, nodes=tuple(nodes), outputs=tuple(outputs))


def _worded(plan: Plan, output: str, value: str, word: PostprocessWord) -> list[Node]:
    types = plan.types()
    made: list[Node] = []
    if word == "argmax" and len(types[value].shape) == 4:
        made += _at_image_size(plan, output, value)
    last = made[-1].name if made else value
    given = made[-1].out if made else types[value]
    op: Op = Argmax(dim=1) if word == "argmax" else Softmax(dim=1) if word == "softmax" else Sigmoid()
    return [*made, made_node(f"{output}.{op.op}", op, (last,), (given,))]


def _at_image_size(plan: Plan, output: str, value: str) -> list[Node]:
    """Return a resize of the scores where they are not as high and wide as the first image."""
    types = plan.types()
    for given in images(plan.inputs)[:1]:
        like = f"{given.name}.normalize" if given.channels_last else given.name
        if types[like].shape[2:] != types[value].shape[2:]:
            pair = (types[value], types[like])
            return [made_node(f"{output}.resize", ResizeLike(mode="bilinear"), (value, like), pair)]
    return []
