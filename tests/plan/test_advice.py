"""Advice is given where it is nearly always right, and nowhere else; how it reads is in `tests/broken`."""

from __future__ import annotations

import pytest

from archc.export.faults import ExportFault
from archc.export.onnx.graph import to_onnx
from archc.modules.materialize import materialize
from tests.plan.texts import DIGITS, DIGITS_SPEC, MASKS, MASKS_SPEC, TRAIN, compiled


def advised(text: str, *flags: str) -> list[str]:
    """The codes of the warnings on a text with overrides."""
    return [each.code for each in compiled(text, *flags).warnings]


def head(*layers: str) -> str:
    """The flag that gives a head these layers before pooling, flattening and the last linear layer."""
    last = ("{ op = 'global_avg_pool2d' }", "{ op = 'flatten' }", "{ op = 'linear', out_features = 10 }")
    return f"model.head={{ layers = [{', '.join((*layers, *last))}] }}"


def ending(*layers: str) -> str:
    """The flag for a head that ends in these layers."""
    return f"model.head={{ preset = 'concat_pool_mlp', after = [{', '.join(layers)}] }}"


@pytest.mark.parametrize(
    "flag",
    [
        head("{ op = 'conv2d', out_channels = 8, kernel_size = 3, bias = false }", "{ op = 'batch_norm2d' }"),
        head("{ op = 'conv2d', out_channels = 8, kernel_size = 3 }", "{ op = 'group_norm', num_groups = 2 }"),
        head(
            "{ op = 'conv2d', out_channels = 8, kernel_size = 3 }",
            "{ op = 'relu' }",
            "{ op = 'batch_norm2d' }",
        ),
        head("{ op = 'dropout2d' }"),
        head("{ op = 'adaptive_avg_pool2d', output_size = 3 }"),
        ending("{ op = 'dropout', p = 0.0 }"),
        ending("{ op = 'log_softmax' }"),
        "train.phases.0.lr=[1e-8, 1e-4]",
        "train.phases.0.lr=0.05",
        "train.optimizer={ kind = 'sgd' }",
        "data.valid=0.5",
        "data.augment={ rotate = 10.0 }",
        "input.mean=[0.5, 0.5, 0.5]",
        "train.phases.0.train=['body']",
    ],
)
def test_what_is_usual_gets_none(flag: str) -> None:
    assert advised(DIGITS_SPEC, flag) == []


@pytest.mark.parametrize("name", ["convnext_tiny", "densenet121", "efficientnet_b0", "vgg11_bn", "vit_b_32"])
def test_bodies_at_their_own_size_get_none(name: str) -> None:
    assert advised(DIGITS_SPEC, f"model.body.ref=torchvision/{name}", "input.size=[224, 224]") == []


def test_a_narrow_linear_layer_is_a_bottleneck() -> None:
    def with_width(width: int) -> list[str]:
        pooled = "{ op = 'global_avg_pool2d' }, { op = 'flatten' }"
        linears = f"{{ op = 'linear', out_features = {width} }}, {{ op = 'linear', out_features = 10 }}"
        return advised(DIGITS_SPEC, f"model.head={{ layers = [{pooled}, {linears}] }}")

    assert with_width(4) == []
    assert with_width(10) == ["ARC712"]


@pytest.mark.parametrize(
    ("size", "codes"),
    [
        ("[64, 96]", []),
        ("[120, 160]", []),
        ("[360, 480]", []),
        ("[224, 225]", []),
        ("[100, 128]", ["ARC705"]),
        ("[64, 97]", ["ARC705"]),
        ("[33, 33]", ["ARC705"]),
    ],
)
def test_sizes_that_halve_nearly_evenly_are_fine(size: str, codes: list[str]) -> None:
    assert advised(MASKS_SPEC, f"input.size={size}") == codes
    assert advised(DIGITS_SPEC, f"input.size={size}") in ([], ["ARC701"])


@pytest.mark.parametrize("layer", ["softmax", "sigmoid", "relu"])
def test_an_activation_before_the_loss_inside_a_graph(layer: str) -> None:
    graph = f"""\
archc = 1
[input]
size = [64, 64]
[model]
kind = "graph"
outputs = {{ scores = "squashed" }}
[model.modules.encoder]
body = {{ ref = "torchvision/resnet18" }}
[[model.nodes]]
name = "features"
use = "encoder"
from = "image"
[[model.nodes]]
name = "scores_before"
from = "features"
head = {{ preset = "concat_pool_mlp" }}
[[model.nodes]]
name = "squashed"
from = "scores_before"
op = {{ op = "{layer}" }}
"""
    assert advised(graph + DIGITS + TRAIN) == ["ARC702"]
    assert advised(graph.replace('concat_pool_mlp" }', 'concat_pool_mlp" }\nclasses = 10')) == []


def test_probabilities_before_an_upsampling_are_found() -> None:
    graph = """\
archc = 1
[input]
size = [64, 64]
[model]
kind = "graph"
outputs = { mask = "mask" }
[[model.nodes]]
name = "mask"
from = "image"
layers = [
    { op = "conv2d", out_channels = 2, kernel_size = 3, stride = 2 },
    { op = "softmax", dim = 1 },
    { op = "upsample", scale_factor = 2 },
]
"""
    assert advised(graph + MASKS + TRAIN) == ["ARC702"]


@pytest.mark.parametrize(
    ("frozen", "codes"),
    [
        ("train.phases=[{ epochs = 1, train = ['head'] }]", ["ARC709"]),
        ("train.phases=[{ epochs = 1 }, { epochs = 1, train = ['head'] }]", []),
        ("train.phases=[{ epochs = 1, train = ['body.layer4', 'head'] }]", []),
    ],
)
def test_only_a_body_that_never_moved_is_random(frozen: str, codes: list[str]) -> None:
    late = "{ name = 'body.layer4', match = ['body.layer4'] }"
    rest = "{ name = 'body.early', match = ['body'] }, { name = 'head', match = ['head'] }"
    groups = f"train.groups=[{late}, {rest}]"
    assert advised(DIGITS_SPEC, groups, frozen) == codes
    assert advised(DIGITS_SPEC, groups, frozen, "model.body.weights=IMAGENET1K_V1") == []


def test_an_error_silences_advice() -> None:
    both = (ending("{ op = 'dropout', p = 0.5 }"), "train.phases.0.train=['haed']")
    with pytest.raises(Exception, match="ARC405"):
        compiled(DIGITS_SPEC, *both)


@pytest.mark.parametrize(
    ("layer", "lacking"),
    [
        ("{ op = 'adaptive_max_pool2d', output_size = 2 }", False),
        ("{ op = 'adaptive_max_pool2d', output_size = 3 }", False),
        ("{ op = 'adaptive_concat_pool2d', output_size = 3 }", False),
        ("{ op = 'adaptive_avg_pool2d', output_size = 3 }", False),
        ("{ op = 'local_response_norm', size = 4 }", True),
        ("{ op = 'local_response_norm', size = 5 }", False),
    ],
)
def test_what_cannot_be_exported_is_what_the_exporter_refuses(layer: str, lacking: bool) -> None:
    result = compiled(
        DIGITS_SPEC, "export.dynamic=['batch']", "model.body.ref=torchvision/resnet18", head(layer)
    )
    assert [each.code for each in result.warnings] == (["ARC714"] if lacking else [])
    state = {name: value.numpy() for name, value in materialize(result.plan, seed=0).state_dict().items()}
    if lacking:
        with pytest.raises(ExportFault):
            to_onnx(result.plan, state, result.spec.export, {})
    else:
        to_onnx(result.plan, state, result.spec.export, {})


@pytest.mark.parametrize(
    ("flags", "codes"),
    [
        ((), ["ARC715"]),
        (("model.head={ preset = 'concat_pool_mlp', pool = 'avg' }",), []),
        (("model.head={ preset = 'concat_pool_mlp', pool = 'max' }",), ["ARC715"]),
    ],
)
def test_strictly_deterministic_training(flags: tuple[str, ...], codes: list[str]) -> None:
    assert advised(DIGITS_SPEC, "train.deterministic=strict", *flags) == codes


POOLED_BODY = """\
archc = 1
[input]
size = [16, 16]
[model]
kind = "classifier"
classes = 3
[[model.body.stages]]
name = "stem"
layers = [{ op = "conv2d", out_channels = 4, kernel_size = 3, stride = 2 }, { op = "relu" }]
[[model.body.stages]]
name = "end"
layers = [%s]
[model.head]
layers = [{ op = "flatten" }, { op = "linear", out_features = 3 }]
"""


@pytest.mark.parametrize(
    ("layer", "codes"),
    [
        ('{ op = "global_avg_pool2d" }', []),
        ('{ op = "global_max_pool2d" }', []),
        ('{ op = "adaptive_avg_pool2d", output_size = 1 }', []),
        ('{ op = "adaptive_max_pool2d", output_size = 1 }', []),
        ('{ op = "adaptive_concat_pool2d", output_size = 1 }', []),
        ('{ op = "adaptive_avg_pool2d", output_size = 2 }', []),
        ('{ op = "blur" }, { op = "blur" }', []),
        ('{ op = "avg_pool2d", kernel_size = 8 }', ["ARC701"]),
        ('{ op = "max_pool2d", kernel_size = 8 }', ["ARC701"]),
        ('{ op = "conv2d", out_channels = 4, kernel_size = 8, padding = 0 }', ["ARC701"]),
    ],
)
def test_a_body_that_ends_in_one_pixel_on_purpose_is_fine(layer: str, codes: list[str]) -> None:
    assert [code for code in advised(POOLED_BODY % layer) if code == "ARC701"] == codes
