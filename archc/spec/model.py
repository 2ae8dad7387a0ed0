"""The architecture: body, head, decoder, and the kinds of model made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from archc.spec.fields import STRICT, Doc, Index, Name, Positive, Probability, Tagged
from archc.spec.layers import Layer

Upsampling = Literal["pixel_shuffle", "nearest", "bilinear", "transposed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """A library's network up to a cut, as the feature extractor."""

    __pydantic_config__: ClassVar[Any] = STRICT

    ref: Annotated[
        Name,
        Doc("Library and name of the network; `archc bodies` lists them.", ("torchvision/resnet34",)),
    ]
    weights: Annotated[
        Name,
        Doc('"none", a name of the library\'s weights, or a path to a .safetensors or .pth file.'),
    ] = "none"
    cut: Annotated[
        Name | Index | None,
        Doc(
            "The last part kept: a child's name, the name of any node inside, or a number counted over the "
            "children as Python slices count. Left out: the last feature map before the pooling."
        ),
    ] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """What turns features into the answer: a preset, or layers written out."""

    __pydantic_config__: ClassVar[Any] = STRICT

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
    linear_first: Annotated[
        bool, Doc("linear, relu, norm, dropout instead of norm, dropout, linear, relu.")
    ] = False
    output_range: Annotated[
        tuple[float, float] | None, Doc("Squash the output between two numbers with a sigmoid.")
    ] = None
    layers: Annotated[tuple[Layer, ...] | None, Doc("The whole head, layer by layer.")] = None
    init: Annotated[
        Literal["kaiming_normal", "kaiming_uniform", "xavier_normal", "torch"],
        Doc("How new weights start; biases start at 0 unless it is torch."),
    ] = "kaiming_normal"


@dataclass(frozen=True, kw_only=True, slots=True)
class DecoderStage:
    """One step up of a decoder written by hand: upsample, join the skip, apply the layers."""

    __pydantic_config__: ClassVar[Any] = STRICT

    upsample: Annotated[
        tuple[Layer, ...] | None,
        Doc(
            "The layers that enlarge the map. Left out: the decoder's `upsample`, times two, channels halved "
            "where it is learnt."
        ),
    ] = None
    skip: Annotated[Name | None, Doc("The encoder's node to concatenate after upsampling.")] = None
    layers: Annotated[tuple[Layer, ...], Doc("What is applied after the join.")] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoder:
    """The way back up to the input's size."""

    __pydantic_config__: ClassVar[Any] = STRICT

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Classifier:
    """A body and a head: one answer an image."""

    __pydantic_config__: ClassVar[Any] = STRICT

    kind: Literal["classifier"] = "classifier"
    classes: Annotated[Positive | None, Doc("Outputs. Left out: as many as the data has classes.")] = None
    body: Body
    head: Head = Head(preset="concat_pool_mlp")


@dataclass(frozen=True, kw_only=True, slots=True)
class Unet:
    """A body as encoder and a decoder with skip connections: one answer a pixel."""

    __pydantic_config__: ClassVar[Any] = STRICT

    kind: Literal["unet"] = "unet"
    classes: Annotated[
        Positive | None, Doc("Outputs a pixel. Left out: as many as the data has classes.")
    ] = None
    body: Body
    decoder: Decoder = Decoder()


@dataclass(frozen=True, kw_only=True, slots=True)
class Siamese:
    """One body applied to two inputs, its outputs merged before a head."""

    __pydantic_config__: ClassVar[Any] = STRICT

    kind: Literal["siamese"] = "siamese"
    classes: Annotated[Positive | None, Doc("Outputs. Left out: 2, different and same.")] = None
    merge: Annotated[
        Literal["concat", "abs_difference", "squared_difference", "product"],
        Doc("How the two feature maps become one."),
    ] = "concat"
    body: Body
    head: Head = Head(preset="concat_pool_mlp")


Model = Annotated[Classifier | Unet | Siamese, Tagged("kind")]

__all__ = [
    "Body",
    "Classifier",
    "Decoder",
    "DecoderStage",
    "Head",
    "Model",
    "Siamese",
    "Unet",
    "Upsampling",
]
