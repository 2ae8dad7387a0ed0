"""The whole spec: one file, one model."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.data import Data
from archc.spec.fields import (
    Doc,
    Interval,
    MaxLen,
    MinLen,
    Name,
    Natural,
    Natural64,
    Positive,
    Table,
    Text,
)
from archc.spec.frozen import named
from archc.spec.inputs import Input
from archc.spec.model import Model
from archc.spec.outputs import PostprocessWord
from archc.spec.train import Loss, Metrics, Train


@named
class Export(Table):
    """The exported ONNX model: its operator set, open sizes, and the processing it contains."""

    opset: Annotated[int, Interval(ge=17, le=26), Doc("The ONNX operator set, 17 to 26.", (17, 21))] = 20
    dynamic: Annotated[
        tuple[Literal["batch", "height", "width"], ...] | None,
        Doc("The sizes that stay open. Left out: all that the model can take at any value."),
    ] = None
    preprocess: Annotated[
        bool,
        Doc(
            "Take images (N, H, W, C) of the input's dtype and normalize inside; else float32 (N, C, H, W), "
            "normalized."
        ),
    ] = False
    postprocess: Annotated[
        PostprocessWord | dict[Name, PostprocessWord],
        Doc(
            "Answer with probabilities (softmax of one class, sigmoid of several labels), or with class "
            "numbers, instead of scores. For several outputs: a word for each, by its name.",
            ("softmax", {"mask": "argmax", "tags": "sigmoid"}),
        ),
    ] = "none"


OutputShape = Annotated[
    tuple[Natural | Text, ...],
    MinLen(1),
    MaxLen(8),
    Doc(
        "A shape: numbers and expressions of N, H and W, the batch and the input's size, with + - * // and "
        "brackets; H/4 stands for an H that 4 divides.",
        (("N", 11, "H", "W"), ("N", 256, "H/4", "W/4")),
    ),
]


@named
class Expect(Table):
    """Limits and shapes that the model must keep to: checked in validation, before anything is built."""

    max_parameters: Natural64 | None = None
    max_multiply_adds: Annotated[Natural64 | None, Doc("For one example at the input's size.")] = None
    max_activation_bytes: Annotated[
        Natural64 | None,
        Doc("What training keeps of a batch for the backward pass when every layer keeps its output."),
    ] = None
    batch_size: Annotated[
        Positive | None, Doc("For `max_activation_bytes`. Left out: the training's, or 1.")
    ] = None
    max_file_bytes: Annotated[
        Natural64 | None,
        Doc("The weights in float32, as the file of weights or the exported model holds them."),
    ] = None
    output: Annotated[OutputShape | None, Doc("The shape of the only output.")] = None
    outputs: Annotated[dict[Name, OutputShape] | None, Doc("The shapes of several, by their names.")] = None


@named
class Spec(Table):
    """A model from its input to its export."""

    archc: Annotated[Literal[1], Doc("The language's version.")]
    name: Annotated[Name | None, Doc("The model's name. Left out: the file's.")] = None
    input: Annotated[Input | None, Doc("The one input, called `image`.")] = None
    inputs: Annotated[
        dict[Name, Input] | None,
        MinLen(1),
        MaxLen(16),
        Doc("Several inputs by name, where there is not just one."),
    ] = None
    model: Model
    data: Data | None = None
    loss: Loss | None = None
    losses: Annotated[
        dict[Name, Loss] | None,
        MinLen(1),
        MaxLen(64),
        Doc("Where there are several outputs: the loss of each, by its name; training minimizes their sum."),
    ] = None
    metrics: Metrics | None = None
    train: Train | None = None
    export: Export = Export()
    expect: Expect | None = None
