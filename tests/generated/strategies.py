"""Valid specs of every kind as plain data: a seed is a spec, and hypothesis draws the seeds.

Bodies are small, so that thousands can be built. Every spec is meant to be fine: what the compiler says of
one that it refuses is a fault of the compiler or of this file.
"""

from __future__ import annotations

import random
from typing import Any

from hypothesis import strategies as st

from tests.generated.strategies_data import answering, training
from tests.generated.strategies_models import a_body, a_decoder, a_head, a_size, decoder_by_hand
from tests.plan.random_graphs import random_spec

Data = dict[str, Any]
Draw = random.Random
MERGES = ("concat", "abs_difference", "squared_difference", "product", "cosine")

seeds = st.integers(min_value=0, max_value=2**63)


def valid_specs() -> st.SearchStrategy[Data]:
    """Specs as plain data."""
    return seeds.map(valid_spec)


def valid_spec(seed: int) -> Data:
    """The spec of a seed."""
    draw = Draw(seed)
    kind = draw.choice(("classifier", "classifier", "unet", "unet", "siamese", "siamese", "graph", "bodies"))
    if kind == "graph":
        return random_spec(seed)
    if kind == "bodies":
        return _graph_of_bodies(draw)
    made = {"classifier": _classifier, "unet": _unet, "siamese": _siamese}[kind](draw)
    if draw.random() < 0.5:
        made["export"] = _export(draw)
    if draw.random() < 0.2:
        made["expect"] = {
            "max_parameters": 10**9,
            "max_multiply_adds": 10**15,
            "batch_size": draw.randint(1, 9),
        }
    if draw.random() < 0.3:
        made["name"] = draw.choice(("a", "Model 7", "é 漢字", "x" * 200))
    return made


def _input(draw: Draw, size: list[int], channels: int) -> Data:
    given: Data = {"size": size}
    if channels != 3 or draw.random() < 0.2:
        given["channels"] = channels
    if draw.random() < 0.3:
        given["mean"] = [round(draw.random(), 2) for _ in range(channels)]
    if draw.random() < 0.3:
        given["std"] = [round(0.1 + draw.random(), 2) for _ in range(channels)]
    return given


def _classifier(draw: Draw) -> Data:
    size, channels = a_size(draw), draw.choice((1, 3, 3, 4))
    body = a_body(draw, size, channels)
    task = answering(draw, channels)
    model: Data = {"kind": "classifier", "body": body, **task.model}
    if draw.random() < 0.7:
        model["head"] = a_head(draw, task.count)
    spec = {"archc": 1, "input": _input(draw, size, channels), "model": model, **task.others}
    return training(draw, spec, "head")


def _unet(draw: Draw) -> Data:
    size, channels = a_size(draw), draw.choice((1, 3, 3, 4))
    body = a_body(draw, size, channels, for_decoder=True)
    count = draw.randint(2, 6)
    model: Data = {"kind": "unet", "body": body}
    if draw.random() < 0.8:
        by_hand = draw.random() < 0.3 and "stages" in body
        model["decoder"] = decoder_by_hand(draw) if by_hand else a_decoder(draw, body)
    spec: Data = {"archc": 1, "input": _input(draw, size, channels), "model": model}
    if draw.random() < 0.5:
        model["classes"] = count
        return spec
    spec["data"] = {
        "kind": "segmentation",
        "root": "data",
        "train": {"images": "train/*.png", "masks": "masks/{stem}.png"},
        "valid": {"images": "valid/*.png", "masks": "masks/{stem}.png"},
        "classes": [f"c{i}" for i in range(count)],
        **({"ignore": 255} if draw.random() < 0.3 else {}),
    }
    if draw.random() < 0.5:
        spec["loss"] = {"kind": "cross_entropy", "dice": draw.choice((0.0, 0.5))}
    if draw.random() < 0.5:
        spec["metrics"] = {"kinds": draw.sample(("mean_iou", "pixel_accuracy", "dice"), draw.randint(1, 3))}
    return training(draw, spec, "decoder")


def _siamese(draw: Draw) -> Data:
    size, channels = a_size(draw), draw.choice((1, 3, 3))
    form = draw.choice(("head", "preset", "decoder", "embedding"))
    body = a_body(draw, size, channels, for_decoder=form == "decoder")
    model: Data = {"kind": "siamese", "body": body}
    given = _input(draw, size, channels)
    spec: Data = {"archc": 1, "model": model}
    spec |= {"inputs": {"one": given, "two": dict(given)}} if draw.random() < 0.4 else {"input": given}
    if form == "embedding":
        model["embedding"] = draw.randint(2, 16)
        if draw.random() < 0.5:
            spec["loss"] = {"kind": "contrastive", "margin": 0.5, "normalise": draw.random() < 0.5}
        return spec
    model["merge"] = draw.choice(MERGES)
    if form == "decoder":
        model["decoder"], model["classes"] = a_decoder(draw, body), draw.randint(2, 5)
        if model["merge"] == "cosine":  # maps of one channel, of which attention has nothing to make
            model["decoder"].pop("self_attention", None)
        return spec
    if form == "head":
        model["head"] = a_head(draw, 2)
    if draw.random() < 0.5:
        of = {"kind": "image_folder", "root": "data"}
        spec["data"] = {"kind": "pairs", "of": of, "same": round(draw.random(), 2)}
        return training(draw, spec, "head")
    return spec


def _graph_of_bodies(draw: Draw) -> Data:
    """One body or two, tapped, pooled and joined; perhaps a decoder beside the head."""
    size, channels = a_size(draw), draw.choice((1, 3))
    body = a_body(draw, size, channels, for_decoder=True)
    inputs = {name: _input(draw, size, channels) for name in ("left", "right")[: draw.randint(1, 2)]}
    pool = draw.choice(("global_avg_pool2d", "global_max_pool2d", "adaptive_concat_pool2d"))
    flat: list[Data] = [{"op": pool}, {"op": "flatten"}]
    nodes: list[Data] = [{"name": f"see_{name}", "use": "encoder", "from": name} for name in inputs]
    nodes += [{"name": f"flat_{name}", "from": f"see_{name}", "layers": flat} for name in inputs]
    ends = [f"flat_{name}" for name in inputs]
    joined = ends[0]
    if len(ends) == 2:
        joined = "joined"
        op = draw.choice(("concat", "add", "multiply", "abs_difference"))
        nodes.append({"name": joined, "from": ends, "op": {"op": op}})
    nodes.append(
        {"name": "answer", "from": joined, "layers": [{"op": "linear", "out_features": draw.randint(2, 9)}]}
    )
    outputs = {"scores": "answer"}
    if draw.random() < 0.5:
        decoded = [f"see_{name}" for name in inputs]
        node: Data = {
            "name": "mask",
            "from": decoded if len(decoded) == 2 else decoded[0],
            "decoder": a_decoder(draw, body),
        }
        if len(decoded) == 2 and draw.random() < 0.7:
            node["merge"] = draw.choice(MERGES)
        nodes.append(node | {"classes": draw.randint(2, 5)})
        outputs["map"] = "mask"
    draw.shuffle(nodes)
    model = {"kind": "graph", "modules": {"encoder": {"body": body}}, "nodes": nodes, "outputs": outputs}
    return {"archc": 1, "inputs": inputs, "model": model}


def _export(draw: Draw) -> Data:
    given: Data = {"opset": draw.choice(tuple(range(17, 27))), "preprocess": draw.random() < 0.5}
    if draw.random() < 0.3:
        given["dynamic"] = ["batch"]
    return given
