"""Heads: the preset's layers are those of fastai's `create_head`."""

from __future__ import annotations

import pytest

from archc.plan.lower.heads import head_layers
from archc.plan.parameters import named_parameters
from archc.spec import layers as ops
from archc.spec.layers import Layer
from archc.spec.model import Head
from tests.plan.texts import CLASSIFIER, body, faults_of, plan_of


def layers(head: Head, classes: int = 10) -> list[str]:
    return [word(part.layer) for part in head_layers(head, classes, ("model", "head"))]


def word(layer: Layer) -> str:
    """A layer in a word: what it is and the one number that matters."""
    match layer:
        case ops.Linear():
            return f"linear {layer.out_features}" + (" bias" if layer.bias else "")
        case ops.Dropout():
            return f"dropout {layer.p:g}"
        case ops.BatchNorm1d() if layer.momentum != 0.1:
            return f"batch_norm1d {layer.momentum:g}"
        case ops.OutputRange():
            return f"output_range {layer.low:g} {layer.high:g}"
    return layer.op


POOLED = ["adaptive_concat_pool2d", "flatten"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            Head(),
            [
                *POOLED,
                "batch_norm1d",
                "dropout 0.25",
                "linear 512",
                "relu",
                "batch_norm1d",
                "dropout 0.5",
                "linear 10",
            ],
        ),
        (Head(hidden=()), [*POOLED, "batch_norm1d", "dropout 0.5", "linear 10"]),
        (
            Head(hidden=(256, 128), dropout=(0.1, 0.2, 0.3)),
            [
                *POOLED,
                *("batch_norm1d", "dropout 0.1", "linear 256", "relu"),
                *("batch_norm1d", "dropout 0.2", "linear 128", "relu"),
                *("batch_norm1d", "dropout 0.3", "linear 10"),
            ],
        ),
        (
            Head(first_norm=False),
            [*POOLED, "dropout 0.25", "linear 512 bias", "relu", "batch_norm1d", "dropout 0.5", "linear 10"],
        ),
        (
            Head(linear_first=True),
            [*POOLED, "dropout 0.25", "linear 512", "relu", "batch_norm1d", "dropout 0.5", "linear 10 bias"],
        ),
        (
            Head(hidden=(), pool="avg", final_norm=True, output_range=(0.0, 5.0)),
            [
                *("adaptive_avg_pool2d", "flatten", "batch_norm1d", "dropout 0.5", "linear 10"),
                *("batch_norm1d 0.01", "output_range 0 5"),
            ],
        ),
        (
            Head(hidden=(), pool="max", dropout=0.0),
            ["adaptive_max_pool2d", "flatten", "batch_norm1d", "dropout 0", "linear 10"],
        ),
    ],
)
def test_the_preset_is_fastais_head(head: Head, expected: list[str]) -> None:
    """Source: fastai 2.8 `create_head`; a dropout of 0 stays, so that keys do not depend on it."""
    assert layers(head) == expected


def test_the_default_head_has_fastais_parameters() -> None:
    """For a ResNet-18 or 34 and 10 classes: 532,480 of them, and no bias in either linear layer."""
    head = [t for t in named_parameters(plan_of(CLASSIFIER)) if t.name.startswith("head.")]
    assert sum(t.size for t in head) == 532_480
    assert [t.name for t in head] == [
        *("head.2.weight", "head.2.bias", "head.4.weight"),
        *("head.6.weight", "head.6.bias", "head.8.weight"),
    ]


def test_norms_of_the_preset_start_like_fastais() -> None:
    (norm,) = (p for p in head_layers(Head(hidden=()), 10, ()) if p.layer.op == "batch_norm1d")
    starts = {name: (init.kind, init.value) for name, init in norm.init}
    assert starts["bias"] == ("constant", 1e-3)


def test_a_written_head_is_taken_as_written() -> None:
    written = "model.head.layers=[{op='global_avg_pool2d'}, {op='flatten'}, {op='linear', out_features=10}]"
    plan = plan_of(CLASSIFIER, written)
    assert [n.op.op for n in plan.nodes[-3:]] == ["global_avg_pool2d", "flatten", "linear"]
    assert plan.nodes[-1].origin == ("model", "head", "layers", 2)


def test_a_body_that_gives_a_vector_needs_no_pooling() -> None:
    plan = plan_of(CLASSIFIER, body("vit_b_32"), "input.size=[224, 224]")
    head = [n.op.op for n in plan.nodes if n.name.startswith("head.")]
    assert head[:3] == ["batch_norm1d", "dropout", "linear"]
    assert str(plan.nodes[-1].out) == "Nx10"


def test_the_whole_library_model_is_a_body_and_an_empty_head() -> None:
    plan = plan_of(CLASSIFIER, "model.body.cut=fc", "model.classes=1000", "model.head.layers=[]")
    assert [(output.name, output.value) for output in plan.outputs] == [("scores", "body.fc")]


@pytest.mark.parametrize(
    ("flag", "code"),
    [
        ("model.head.layers=[]", "ARC303"),
        ("model.head.layers=[{ op = 'flatten' }, { op = 'linear', out_features = 9 }]", "ARC303"),
        ("model.head.dropout=[0.1]", "ARC204"),
        ("model.head.layers=[{ op = 'flatten', start_dim = 0 }]", "ARC310"),
        ("model.head.layers=[{ op = 'permute', dims = [1, 0, 2, 3] }]", "ARC310"),
        ("model.head.layers=[{ op = 'softmax', dim = -4 }]", "ARC310"),
        ("model.head.layers=[{ op = 'batch_norm2d', num_features = 3 }]", "ARC302"),
    ],
)
def test_what_does_not_fit_is_one_fault(flag: str, code: str) -> None:
    assert [fault.code for fault in faults_of(CLASSIFIER, flag)] == [code]


def test_layers_around_the_preset() -> None:
    before = "model.head.before=[{op='conv2d', out_channels=64, kernel_size=1}, {op='relu'}]"
    after = "model.head.after=[{op='linear', out_features=10, bias=false}]"
    plan = plan_of(CLASSIFIER, before, after, "model.head.hidden=[32]")
    head = [node.op.op for node in plan.nodes if node.name.startswith("head.")]
    assert head[:4] == ["conv2d", "relu", "adaptive_concat_pool2d", "flatten"]
    assert head[-2:] == ["linear", "linear"]
    norm = next(node for node in plan.nodes if node.op.op == "batch_norm1d")
    assert norm.op.num_features == 128  # type: ignore[union-attr]


def test_a_preset_after_what_flattens_has_nothing_to_pool() -> None:
    plan = plan_of(CLASSIFIER, "model.head.before=[{op='global_avg_pool2d'}, {op='flatten'}]")
    assert [n.op.op for n in plan.nodes if n.name.startswith("head.")][:3] == [
        "global_avg_pool2d",
        "flatten",
        "batch_norm1d",
    ]


@pytest.mark.parametrize(("flag", "bias"), [((), False), (("model.head.final_bias=true",), True)])
def test_the_bias_of_the_last_layer(flag: tuple[str, ...], bias: bool) -> None:
    last = plan_of(CLASSIFIER, *flag).nodes[-1]
    assert last.op.bias is bias  # type: ignore[union-attr]
    assert ("bias" in dict(last.init)) is bias


def test_a_regression_answers_with_numbers() -> None:
    plan = plan_of(CLASSIFIER.replace("classes = 10", "outputs = 3"))
    assert str(plan.nodes[-1].out) == "Nx3"


@pytest.mark.parametrize("init", ["kaiming_normal", "kaiming_uniform", "xavier_normal", "torch"])
def test_the_start_is_selectable(init: str) -> None:
    last = plan_of(CLASSIFIER, f"model.head.init={init}").nodes[-1]
    assert [how.kind for name, how in last.init if name == "weight"] == ([] if init == "torch" else [init])
