"""A network in one line, checked like any other spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archc.front.compiled import compile

if TYPE_CHECKING:
    from archc.modules.plan_module import PlanModule


def model(
    kind: str,
    body: str | Mapping[str, Any],
    classes: int | None = None,
    *,
    size: tuple[int, int] | int = (224, 224),
    channels: int = 3,
    weights: str | Mapping[str, Any] = "none",
    device: str = "cpu",
    seed: int | None = None,
    **keys: Any,
) -> PlanModule:
    """Return a network as a torch `nn.Module`, in training mode.

    It is the network of a spec with these values: the same checks, names and numbers.

    Args:
        kind: "classifier", "unet" or "siamese".
        body: such as "torchvision/resnet34" (`archc bodies` lists them), or the whole table `[model.body]`.
        classes: outputs, for each image or each pixel.
        size: height and width in pixels that shapes are checked at, or one number for both.
        weights: "none", a name of the library's weights such as "IMAGENET1K_V1", or a file.
        seed: of what starts at random. Left out: 0.
        keys: further keys of `[model]`, such as `decoder={"upsample": "nearest"}`.

    Raises:
        SpecError: the values do not make a model; every fault is shown.
        WorldError: weights cannot be read.
    """
    of_body = {"ref": body, "weights": weights} if isinstance(body, str) else dict(body)
    table: dict[str, Any] = {"kind": kind, "body": of_body, **keys}
    if classes is not None:
        table["classes"] = classes
    height_width = [size, size] if isinstance(size, int) else list(size)
    spec = {"archc": 1, "name": kind, "input": {"size": height_width, "channels": channels}, "model": table}
    return compile(spec).build(device=device, seed=seed)
