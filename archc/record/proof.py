"""A record held against its library before it is written: random weights, two sizes, every stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from archc.bodies.body import BodyRecord
from archc.modules.build import build
from archc.ops.dims import evaluate
from archc.ops.tensors import TensorType
from archc.plan.inputs import ImageInput
from archc.plan.lower.body import whole_body
from archc.plan.lower.builder import BATCH, Builder
from archc.plan.outputs import Output
from archc.plan.plan import Plan
from archc.record.faults import Unrecordable

CLOSE = 1e-4
"""The most that a value may differ by, over the largest of its tensor: rounding through a deep net."""


def prove(record: BodyRecord, make: Callable[[], nn.Module]) -> float:
    """Return the largest scaled difference between the library's model and the recorded graph.

    Raises:
        Unrecordable: they differ, or hold other tensors.
    """
    torch.manual_seed(0)
    model = make()
    model.eval()  # its own `train` may forget to return itself
    height, width = record.size
    sizes = [(height, width)] if record.fixed_size else [_odd(record), (height, width)]
    stirred = False
    worst = 0.0
    for size in sizes:
        image = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(1))
        if not stirred:
            _stir(model, image)
            stirred = True
        worst = max(worst, _difference(record, model, image))
    return worst


def _odd(record: BodyRecord) -> tuple[int, int]:
    """Return a small size that is neither square nor a multiple of anything."""
    side = max(record.min_size, min(97, record.size[0] + 5))
    return side, side + 38


@torch.no_grad()
def _difference(record: BodyRecord, model: nn.Module, image: Tensor) -> float:
    plan = _plan(record, (image.shape[2], image.shape[3]))
    ours = build(plan, initialize=False).eval()
    own = ours.get_submodule("body")
    state = model.state_dict()
    extra = set(own.state_dict()) - set(state)
    if extra:
        raise Unrecordable(
            f"the record of `{record.ref}` has tensors that the library has not: {sorted(extra)[:3]}"
        )
    own.load_state_dict({key: state[key] for key in own.state_dict()})
    seen = _watched(model)
    wanted = model(image)
    values = ours.forward_values(image)
    _require_shapes(record, plan, values)
    last = values[plan.outputs[0].value]
    whole = record.nodes[-1].name if len(record.nodes) == 1 else ""
    if whole:
        features = model.forward_features(image)  # type: ignore[operator]  # only such models are one part
        wanted = features if whole == "forward_features" else model.forward_head(features, pre_logits=True)  # type: ignore[operator]
    worst = _far(record, "its output", last, wanted)
    for stage in record.stages:
        there = seen.get(stage.name)
        if there is not None:
            value = values[f"body.{record.nodes[stage.node].name}"]
            first = there if there.shape == value.shape else there.permute(0, 3, 1, 2)
            worst = max(worst, _far(record, f"`{stage.name}`", value, first))
    return worst


def _plan(record: BodyRecord, size: tuple[int, int]) -> Plan:
    """Return all of the record's nodes that the library's output or a stage needs."""
    image = ImageInput("image", TensorType((BATCH, 3, *size)), (0.0,) * 3, (1.0,) * 3)
    builder = Builder(types={"image": image.type})
    out = whole_body(builder, record, "image")
    return Plan("proof", (image,), tuple(builder.nodes), (Output("features", out),))


def _require_shapes(record: BodyRecord, plan: Plan, values: Mapping[str, Tensor]) -> None:
    """Refuse a record of which a value has another shape than is predicted for it."""
    for node in plan.nodes:
        found = tuple(values[node.name].shape)
        predicted = tuple(evaluate(dim, {"N": found[0]}) for dim in node.out.shape)
        if predicted != found:
            raise Unrecordable(
                f"`{node.name}` of `{record.ref}` is {found}, where its record predicts {predicted}"
            )


def _watched(model: nn.Module) -> dict[str, Tensor]:
    """Return what each module returns at its first application, filled while the model runs."""
    seen: dict[str, Tensor] = {}
    for path, module in model.named_modules():

        def note(_: nn.Module, __: object, out: object, path: str = path) -> None:
            if isinstance(out, Tensor):
                seen.setdefault(path, out.clone())

        module.register_forward_hook(note)
    return seen


def _far(record: BodyRecord, what: str, found: Tensor, wanted: Tensor) -> float:
    scale = float(wanted.abs().max())
    if not 0 < scale < float("inf"):
        raise Unrecordable(f"{what} of `{record.ref}` is {scale} with random weights, which proves nothing")
    if found.shape != wanted.shape:
        raise Unrecordable(
            f"{what} of `{record.ref}` is {tuple(wanted.shape)} in the library,"
            f" {tuple(found.shape)} as recorded"
        )
    far = float((found - wanted).abs().max()) / scale
    if not far <= CLOSE:
        raise Unrecordable(f"{what} of `{record.ref}` as recorded is {far:.1e} from the library's")
    return far


@torch.no_grad()
def _stir(model: nn.Module, image: Tensor) -> None:
    """Numbers off their starts, where an omission would not show; norms' statistics as of a batch."""
    generator = torch.Generator().manual_seed(2)
    for name, parameter in model.named_parameters():
        if parameter.ndim == 1 and name.endswith("weight"):
            parameter.uniform_(0.5, 1.5, generator=generator)
        elif parameter.ndim < 2 or float(parameter.abs().max()) < 1e-3:
            parameter.normal_(0, 0.1, generator=generator)
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
        norm.train()
    model(torch.cat([image, torch.randn(2, *image.shape[1:], generator=generator)]))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        assert norm.running_var is not None
        norm.running_var.clamp_(min=0.05)
        norm.eval()
