"""Inputs in the exporter: for each kind its description, its preprocessing as nodes, and its probes."""

from __future__ import annotations

from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from archc.ops.facts import infer
from archc.ops.node import Node
from archc.ops.tensors import TensorType
from archc.plan.inputs import ImageInput, Input, TensorInput, settings
from archc.spec.layers import ImageToFloat, Normalize, Op

Array = npt.NDArray[Any]


def described(given: Input) -> dict[str, object]:
    """Return an input as `archc.input` tells the runtime of it; one without a `kind` is an image."""
    match given:
        case ImageInput():
            return {
                "name": given.name,
                "size": list(given.size),
                "channels": given.channels,
                **settings(given),
            }
        case TensorInput():
            return {"name": given.name, "kind": "tensor"}
        case _:
            assert_never(given)


def preprocessed(given: Input) -> tuple[Input, list[Node]]:
    """Return the input as files have it, and the nodes that make the model's value of it, the last one."""
    match given:
        case ImageInput():
            return _of_image(given)
        case TensorInput():
            return given, []
        case _:
            assert_never(given)


def _of_image(given: ImageInput) -> tuple[ImageInput, list[Node]]:
    batch = given.type.shape[0]
    as_read = TensorType((batch, *given.size, given.channels), given.dtype)
    to_float = ImageToFloat(low=given.range[0], high=given.range[1])
    scaled = made_node(f"{given.name}.to_float", to_float, (given.name,), (as_read,))
    scale = Normalize(mean=given.mean, std=given.std)
    centered = made_node(f"{given.name}.normalize", scale, (scaled.name,), (scaled.out,))
    return given.changed(type=as_read, channels_last=True), [scaled, centered]


def made_node(name: str, op: Op, inputs: tuple[str, ...], types: tuple[TensorType, ...]) -> Node:
    """Return the node of an op over values of those types."""
    resolved, out = infer(op, types)
    return Node(name=name, op=resolved, inputs=inputs, module=name, out=out)


def probe(
    given: Input, batch: int, size: tuple[int, int] | None, preprocess: bool, random: np.random.Generator
) -> Array:
    """Return random numbers to try an input with.

    An image is `(N, H, W, C)` of its dtype where the file preprocesses, else float32 `(N, C, H, W)`.
    """
    match given:
        case ImageInput():
            height, width = size or (int(str(side)) for side in given.size)
            channels = int(str(given.channels))
            if not preprocess:
                return random.standard_normal((batch, channels, height, width), np.float32)
            low, high = given.range
            drawn = low + random.random((batch, height, width, channels), np.float32) * (high - low)
            return drawn.astype(given.dtype)
        case TensorInput():
            shape = (batch, *(int(str(dim)) for dim in given.type.shape[1:]))
            return random.standard_normal(shape, np.float32)
        case _:
            assert_never(given)
