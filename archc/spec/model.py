"""The architecture: body, head, decoder, and the kinds of model made of them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from archc.spec.fields import (
    KEYWORDS,
    Doc,
    Index,
    MaxLen,
    MinLen,
    Name,
    Positive,
    Probability,
    Table,
    Tagged,
    Text,
)
from archc.spec.frozen import named
from archc.spec.initializers import Init
from archc.spec.layers import Layer
from archc.spec.layers.closed_sets import NodeOp

Upsampling = Literal["pixel_shuffle", "nearest", "bilinear", "transposed"]


@named
class WeightsFile(Table):
    """Weights of a file or of a run, where not all of its tensors are meant, or not under their own names."""

    file: Annotated[
        Name,
        Doc(
            "A .safetensors, .pth, .pt, .ckpt or .bin file, or the folder of a run; seen from the spec's "
            "folder, then from the working one.",
            ("dino.pth", "../runs/first-1"),
        ),
    ]
    entry: Annotated[
        Text | None,
        Doc(
            'The table of a checkpoint that holds the tensors, with dots where it is nested; "" is the '
            "checkpoint itself. Left out: the only one that fits.",
            ("state_dict", "teacher"),
        ),
    ] = None
    prefix: Annotated[
        Text | None,
        Doc(
            'What the names of the tensors begin with in the file, and not in the model; "" is nothing. '
            "Left out: the only one under which they fit.",
            ("backbone.", "module.encoder_q."),
        ),
    ] = None
    rename: Annotated[
        dict[Text, Text] | None,
        MaxLen(100),
        Doc(
            "Beginnings of names in the file, below `prefix`, and what stands for each in the model; the "
            'longest one that fits counts, "" fits every name.',
            ({"stem.": "conv1."},),
        ),
    ] = None
    skip: Annotated[
        tuple[Name, ...],
        MaxLen(100),
        Doc(
            "Tensors of the model that start as without the file: dotted paths with `*`, as parameter groups "
            "have them; of a body, seen from inside it.",
            (["head"], ["layer4.*.bn2"]),
        ),
    ] = ()


@named
class BodyStage(Table):
    """A part of a body that the spec writes itself: its layers are `body.NAME.0`, `body.NAME.1`, ..."""

    name: Annotated[Name, Doc("What cuts and skips call it: letters, digits and _.")]
    layers: Annotated[tuple[Layer, ...], MinLen(1), Doc("Applied one after the other.")]


@named
class Body(Table):
    """The feature extractor: a library's network up to a cut, or stages of layers written out."""

    ref: Annotated[
        Name | None,
        Doc(
            "Library and name of the network; `archc bodies` lists them. Left out with `stages`.",
            ("torchvision/resnet34",),
        ),
    ] = None
    stages: Annotated[
        tuple[BodyStage, ...] | None, MinLen(1), Doc("The body itself, in place of a library's.")
    ] = None
    init: Annotated[
        Literal["kaiming_normal", "kaiming_uniform", "xavier_normal", "torch"] | None,
        Doc("With `stages`: how convolutions and linear layers start. Left out: kaiming_normal, biases 0."),
    ] = None
    weights: Annotated[
        Name | WeightsFile,
        Doc(
            '"none", a name of the library\'s weights, a path to a file (.safetensors, .pth, .pt, .ckpt, '
            ".bin) or to a run's folder; or a table that says which tensors of one.",
            ("IMAGENET1K_V1", "resnet34.safetensors", {"file": "dino.pth", "entry": "teacher"}),
        ),
    ] = "none"
    cut: Annotated[
        Name | Index | None,
        Doc(
            "The last part kept: a child's name, the name of any node inside, or a number counted over the "
            "children as Python slices count. Left out: the last feature map before the pooling."
        ),
    ] = None


@named
class Head(Table):
    """The layers from the features to the output: a preset, or layers written out."""

    preset: Annotated[
        Literal["concat_pool_mlp"] | None,
        Doc("The two-linear head of fastai's vision learner. Left out with `layers`."),
    ] = None
    hidden: Annotated[tuple[Positive, ...], Doc("Widths of the hidden linear layers.")] = (512,)
    dropout: Annotated[
        Probability | tuple[Probability, ...],
        Doc("For the last linear layer, half of it for those before; or one number for each."),
    ] = 0.5
    pool: Annotated[
        Literal["concat", "avg", "max"],
        Doc("concat: maximum and mean side by side, which doubles the features."),
    ] = "concat"
    first_norm: Annotated[bool, Doc("A batch norm before the first linear layer.")] = True
    final_norm: Annotated[bool, Doc("A batch norm after the last linear layer.")] = False
    final_bias: Annotated[
        bool | None,
        Doc(
            "A bias in the last linear layer. Left out: none where a batch norm stands before it (fastai's "
            "rule)."
        ),
    ] = None
    linear_first: Annotated[
        bool, Doc("linear, relu, norm, dropout instead of norm, dropout, linear, relu.")
    ] = False
    output_range: Annotated[
        tuple[float, float] | None, Doc("Squash the output between two numbers with a sigmoid.")
    ] = None
    before: Annotated[tuple[Layer, ...], Doc("Layers before the preset, such as a convolution.")] = ()
    after: Annotated[tuple[Layer, ...], Doc("Layers after the preset.")] = ()
    layers: Annotated[tuple[Layer, ...] | None, Doc("The whole head, layer by layer.")] = None
    init: Annotated[
        Literal["kaiming_normal", "kaiming_uniform", "xavier_normal", "torch"],
        Doc("How new weights start; biases start at 0 unless it is torch."),
    ] = "kaiming_normal"


@named
class DecoderStage(Table):
    """One step up of a decoder written by hand: upsample, join the skip, apply the layers."""

    upsample: Annotated[
        tuple[Layer, ...] | None,
        Doc(
            "The layers that enlarge the map. Left out: the decoder's `upsample`, times two, channels halved "
            "where it is learned."
        ),
    ] = None
    skip: Annotated[Name | None, Doc("The encoder's node to concatenate after upsampling.")] = None
    layers: Annotated[tuple[Layer, ...], Doc("What is applied after the join.")] = ()


@named
class Decoder(Table):
    """The way back up to the input's size."""

    skips: Annotated[
        Literal["auto"] | tuple[Name, ...],
        Doc('"auto": the last part at each resolution above the cut; or names of nodes, deepest first.'),
    ] = "auto"
    upsample: Annotated[Upsampling, Doc("How each block doubles the size.")] = "pixel_shuffle"
    blur: Annotated[bool, Doc("A 2x2 blur after each pixel shuffle.")] = False
    blur_final: Annotated[bool, Doc("With `blur`: also in the last block.")] = True
    self_attention: Annotated[bool, Doc("Self-attention in the third block from the end.")] = False
    last_cross: Annotated[
        bool | None,
        Doc("The input image joins before a last residual block. Left out: true, but false with `stages`."),
    ] = None
    bottleneck: Annotated[bool, Doc("The last residual block at half its width inside.")] = False
    norm: Annotated[Literal["none", "batch"], Doc("Norm after each convolution of the decoder.")] = "none"
    output_range: tuple[float, float] | None = None
    stages: Annotated[tuple[DecoderStage, ...] | None, Doc("The decoder, stage by stage, by hand.")] = None


WHOLE_START = Doc(
    "Weights to start the whole model from, heads included: the folder of a run, a path to a file, or a "
    "table that says which tensors of one. A body's own `weights` then start only what is skipped here.",
    ("runs/first-1", {"file": "runs/first-1", "skip": ["head"]}),
)


@named
class Classifier(Table):
    """A body and a head: one output for each image."""

    kind: Literal["classifier"] = "classifier"
    classes: Annotated[
        Positive | None,
        Doc(
            "How many classes or, with several an image, labels; their names go into `[data]`."
            " Left out: the data's."
        ),
    ] = None
    outputs: Annotated[
        Positive | None,
        Doc("Regression: how many numbers are predicted for each image, in place of `classes`."),
    ] = None
    body: Body
    head: Head = Head(preset="concat_pool_mlp")
    weights: Annotated[Name | WeightsFile | None, WHOLE_START] = None


@named
class Unet(Table):
    """A body as encoder and a decoder with skip connections: one output for each pixel."""

    kind: Literal["unet"] = "unet"
    classes: Annotated[
        Positive | None, Doc("Outputs a pixel. Left out: as many as the data has classes.")
    ] = None
    body: Body
    decoder: Decoder = Decoder()
    weights: Annotated[Name | WeightsFile | None, WHOLE_START] = None


Merge = Literal["concat", "abs_difference", "squared_difference", "product", "cosine"]


@named
class Siamese(Table):
    """One body applied to two inputs, its maps merged before a head or a decoder; or an embedding of each."""

    kind: Literal["siamese"] = "siamese"
    classes: Annotated[
        Positive | None,
        Doc("Outputs. Left out: 2, different and same; with a `decoder` as many as the data has classes."),
    ] = None
    merge: Annotated[
        Merge,
        Doc(
            "How two feature maps become one: concat and cosine over the channels, the others value by value."
        ),
    ] = "concat"
    body: Body
    head: Annotated[Head | None, Doc("Over the merged maps. Left out: the preset, or `decoder`.")] = None
    decoder: Annotated[
        Decoder | None,
        Doc("In place of a head: a U-Net's decoder, each skip being the merge of the twins' maps."),
    ] = None
    embedding: Annotated[
        Positive | None,
        Doc(
            "The width of an embedding of each input, for contrastive and triplet losses: nothing is merged, "
            "the head is applied to each input with one set of weights."
        ),
    ] = None
    weights: Annotated[Name | WeightsFile | None, WHOLE_START] = None


@named
class Module(Table):
    """A module that nodes use: one set of weights, however often. One of body, layers, op and head."""

    body: Body | None = None
    layers: Annotated[tuple[Layer, ...] | None, MinLen(1)] = None
    op: Annotated[NodeOp | None, Doc("A single op, called as the module is.")] = None
    head: Head | None = None
    classes: Annotated[Positive | None, Doc("With `head`: its outputs.")] = None
    init: Annotated[dict[Name, Init] | None, Doc("With `op`: how its parameters start, by their names.")] = (
        None
    )


@named
class GraphNode(Table):
    """A named value of a graph: what it reads, and one of use, layers, op, head and decoder."""

    __pydantic_config__: ClassVar[Any] = KEYWORDS

    name: Annotated[Name, Doc("What other nodes read it by, and the path of its own weights.")]
    from_: Annotated[
        Name | Annotated[tuple[Name, ...], MinLen(1), MaxLen(64)],
        Doc(
            "What it reads: an input, a node, or a part inside a node that uses a body, such as "
            "`features.layer3`; a list for what reads several.",
            ("image", ["left", "right"]),
        ),
    ]
    use: Annotated[Name | None, Doc("A module of `model.modules`.")] = None
    layers: Annotated[tuple[Layer, ...] | None, MinLen(1), Doc("Layers, one after the other.")] = None
    op: Annotated[NodeOp | None, Doc("A single op, also one that reads several values.")] = None
    head: Annotated[Head | None, Doc("A head as a classifier has it.")] = None
    decoder: Annotated[
        Decoder | None, Doc("A decoder as a U-Net has it, over a node that uses a body, or over twins.")
    ] = None
    merge: Annotated[Merge | None, Doc("With a `decoder` over twins: how two maps become one.")] = None
    classes: Annotated[
        Positive | None,
        Doc("With `head` or `decoder`: its outputs. Left out: as many as the data has classes."),
    ] = None
    init: Annotated[dict[Name, Init] | None, Doc("With `op`: how its parameters start, by their names.")] = (
        None
    )


@named
class Graph(Table):
    """Any network: named nodes over named inputs, with shared modules and several outputs."""

    kind: Literal["graph"] = "graph"
    outputs: Annotated[
        dict[Name, Name],
        MinLen(1),
        MaxLen(64),
        Doc("The model's outputs: a name for each, and the node it comes from.", ({"scores": "classify"},)),
    ]
    modules: Annotated[
        dict[Name, Module] | None, Doc("Modules by name; the nodes say where they are used.")
    ] = None
    nodes: Annotated[
        tuple[GraphNode, ...], MinLen(1), MaxLen(20_000), Doc("In any order: what reads what decides.")
    ]
    weights: Annotated[Name | WeightsFile | None, WHOLE_START] = None


Model = Annotated[Classifier | Unet | Siamese | Graph, Tagged("kind")]

__all__ = [
    "Body",
    "BodyStage",
    "Classifier",
    "Decoder",
    "DecoderStage",
    "Graph",
    "GraphNode",
    "Head",
    "Merge",
    "Model",
    "Module",
    "Siamese",
    "Unet",
    "Upsampling",
    "WeightsFile",
]
