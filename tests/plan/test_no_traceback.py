"""Whatever stands in a spec, the answer is a plan or diagnostics: specs changed at random never get through
to a traceback."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archc.plan.compile import compile_document
from archc.source.document.document import Document, SpecError, read_text
from archc.source.render.text import render
from archc.spec.layers import OPS

BODY = {"ref": "torchvision/resnet18", "weights": "none", "cut": "layer4"}
HEAD = {
    "layers": [
        {"op": "conv2d", "out_channels": 8, "kernel_size": 3, "stride": 1, "groups": 1},
        {"op": "group_norm", "num_groups": 2},
        {"op": "max_pool2d", "kernel_size": 2},
        {"op": "flatten", "start_dim": 1},
        {"op": "linear", "out_features": 10},
    ]
}
STAGES = [
    {"skip": "layer3", "layers": [{"op": "conv2d", "out_channels": 16, "kernel_size": 3}]},
    {"upsample": [{"op": "upsample", "scale_factor": 2, "mode": "nearest"}], "skip": "layer2"},
]
DECODER = {"skips": ["layer3", "layer2"], "upsample": "pixel_shuffle", "self_attention": False, "blur": True}
MASKS = {
    "kind": "segmentation",
    "root": "data",
    "train": {"images": "train/*.jpg", "masks": "masks/{stem}.png"},
    "valid": {"images": "valid/*.jpg", "masks": "masks/{stem}.png"},
    "classes": ["a", "b"],
    "ignore": 255,
    "augment": {"scale": [1.0, 2.0], "rotate": 10.0},
}
TRAIN = {
    "batch_size": 8,
    "groups": [{"name": "a", "match": ["body"]}, {"name": "b", "match": ["*"]}],
    "phases": [{"epochs": 1, "lr": [1e-4, 1e-3], "size": [48, 64], "train": ["b"], "train_norm": "none"}],
}
INPUT = {"size": [64, 64], "channels": 3}
SPECS: list[dict[str, Any]] = [
    {
        "archc": 1,
        "input": INPUT,
        "model": {"kind": "classifier", "classes": 10, "body": BODY, "head": HEAD},
        "data": {"kind": "digits", "valid": 0.2},
        "train": TRAIN,
        "metrics": {"kinds": ["accuracy"]},
        "loss": {"kind": "cross_entropy", "weights": "none"},
    },
    {
        "archc": 1,
        "input": INPUT,
        "model": {"kind": "unet", "body": BODY, "decoder": DECODER},
        "data": MASKS,
        "train": TRAIN,
    },
    {
        "archc": 1,
        "input": INPUT,
        "model": {"kind": "unet", "classes": 2, "body": BODY, "decoder": {"stages": STAGES}},
    },
    {
        "archc": 1,
        "inputs": {"left": INPUT, "right": INPUT},
        "model": {
            "kind": "siamese",
            "merge": "concat",
            "body": BODY,
            "head": {"hidden": [8], "dropout": [0.1, 0.2]},
        },
    },
    {
        "archc": 1,
        "input": INPUT,
        "model": {"kind": "siamese", "merge": "cosine", "body": BODY, "decoder": DECODER},
        "expect": {"output": ["N", 2, "H", "2*W//2"], "max_parameters": 10**8, "batch_size": 2},
    },
    {
        "archc": 1,
        "inputs": {"a": INPUT, "b": INPUT, "c": INPUT},
        "model": {"kind": "siamese", "embedding": 8, "body": BODY},
        "loss": {"kind": "triplet"},
    },
    {
        "archc": 1,
        "inputs": {"one": INPUT, "two": INPUT},
        "model": {
            "kind": "graph",
            "outputs": {"mask": "segment", "scene": "classify", "tap": "first.layer2"},
            "modules": {
                "encoder": {"body": BODY},
                "neck": {"layers": [{"op": "global_avg_pool2d"}, {"op": "flatten"}]},
                "last": {"op": {"op": "linear", "out_features": 4}, "init": {"bias": {"kind": "constant"}}},
            },
            "nodes": [
                {"name": "first", "use": "encoder", "from": "one"},
                {"name": "second", "use": "encoder", "from": "two"},
                {"name": "flat", "use": "neck", "from": "first.layer3"},
                {"name": "deep", "use": "neck", "from": "second"},
                {"name": "both", "from": ["flat", "deep"], "op": {"op": "concat"}},
                {"name": "classify", "use": "last", "from": "both"},
                {
                    "name": "segment",
                    "from": ["first", "second"],
                    "decoder": DECODER,
                    "merge": "product",
                    "classes": 3,
                },
            ],
        },
        "losses": {"mask": {"kind": "cross_entropy"}, "scene": {"kind": "cross_entropy", "weight": 0.5}},
        "metrics": {"of": {"mask": ["mean_iou"], "scene": ["accuracy"]}},
        "expect": {"outputs": {"scene": ["N", 4], "mask": ["N", 3, "H", "W"]}},
    },
]
VALUES: list[Any] = [
    *(
        0,
        1,
        -1,
        2,
        3,
        7,
        64,
        1000,
        2**31 - 1,
        2**31,
        0.5,
        -0.5,
        1e308,
        True,
        False,
        "",
        "a",
        "*",
        "none",
        "auto",
    ),
    *(
        "layer1",
        "layer2",
        "avgpool",
        "fc",
        "conv1",
        "body",
        "head",
        "../x",
        "/x",
        "{stem}",
        "\n",
        "x.pth",
        [],
        {},
    ),
    *([1], [1, 2], [2, 1], [0, 0], [1, 2, 3], ["a"], ["layer3"], [[1, 2]], {"a": 1}, {"op": "flatten"}),
    *("torchvision/vit_b_16", "torchvision/swin_t", "torchvision/alexnet", "torchvision/inception_v3"),
    *(
        [{"op": "flatten"}],
        [{"op": "relu"}],
        [{"op": "softmax", "dim": 0}],
        [{"op": "flatten", "start_dim": 2}],
    ),
    *([{"op": "permute", "dims": [0, 2, 3, 1]}], [{"op": "adaptive_avg_pool2d", "output_size": 2}]),
    *({"op": op} for op in OPS),
    *(
        "first",
        "first.layer1",
        "second.fc",
        "encoder",
        "neck",
        "neck.0",
        "flat",
        "both",
        "one",
        "training",
        "a b",
    ),
    *(
        ["first", "second"],
        ["both", "both"],
        {"op": "concat", "dim": 0},
        {"layers": [{"op": "relu"}]},
        "H//0",
    ),
    *("per_stage", "per_block", "classifier", "unet", "siamese", "digits", "segmentation", "transposed"),
]


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(p for key, inner in inside for p in paths(inner, (*path, key)))]


def changed(spec: dict[str, Any], path: tuple[Any, ...], value: Any, remove: bool) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(json.dumps(spec))
    if not path:
        return result
    place: Any = result
    for step in path[:-1]:
        if not isinstance(place, dict | list) or (isinstance(place, list) and step >= len(place)):
            return result
        place = place[step] if isinstance(place, list) else place.get(step)
    if isinstance(place, dict) or (
        isinstance(place, list) and isinstance(path[-1], int) and path[-1] < len(place)
    ):
        if remove and path[-1] in (place if isinstance(place, dict) else range(len(place))):
            del place[path[-1]]
        else:
            place[path[-1]] = value
    return result


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    spec: dict[str, Any] = draw(st.sampled_from(SPECS))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(paths(spec)))
        spec = changed(spec, path, draw(st.sampled_from(VALUES)), draw(st.booleans()) and draw(st.booleans()))
    return spec


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_a_changed_spec_gives_a_plan_or_diagnostics(spec: dict[str, Any]) -> None:
    document = read_text(json.dumps(spec), "x.json", "json")
    error = refused(document)
    assert error is None or error.diagnostics
    assert error is None or len(render(error.diagnostics, error.document)) <= 8_000


def refused(document: Document) -> SpecError | None:
    """The faults of a document; None where it compiles."""
    try:
        compile_document(document)
    except SpecError as error:
        return error
    return None
