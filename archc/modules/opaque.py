"""Bodies that archc does not see into: the library's own module, cut so that it returns a map."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from archc.spec import layers as ops


class OpaqueBody(nn.Module):
    """A library's children in order up to the cut, under the library's own names; returns `(N, C, H, W)`."""

    def __init__(self, children: dict[str, nn.Module], channels_last: bool) -> None:
        super().__init__()
        for name, child in children.items():
            self.add_module(name, child)
        self.channels_last = channels_last

    def forward(self, x: Tensor) -> Tensor:
        for child in self.children():
            for part in child if isinstance(child, nn.ModuleList) else (child,):
                x = part(x)
        return x.permute(0, 3, 1, 2).contiguous() if self.channels_last else x


def opaque_body(op: ops.OpaqueBody, *, seed: int = 0) -> OpaqueBody:
    """The body as its library builds and starts it from `seed`; the global generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _model(op)
    return OpaqueBody(_up_to(model, op.cut), op.layout == "NHWC")


def _model(op: ops.OpaqueBody) -> nn.Module:
    library, _, name = op.ref.partition("/")
    match library:
        case "torchvision":
            from torchvision.models import get_model

            model: nn.Module = get_model(name, weights=None)
            if op.in_channels != 3:
                widen(model, op.in_channels)
            return model
        case "timm":
            import timm

            created: nn.Module = timm.create_model(name, pretrained=False, in_chans=op.in_channels)
            return created
        case _:
            raise ValueError(f"no library `{library}` builds bodies")


def _up_to(model: nn.Module, cut: str) -> dict[str, nn.Module]:
    """The model's children up to the path `cut`, which may lead into lists of modules."""
    name, _, rest = cut.partition(".")
    if name not in model._modules:
        raise ValueError(f"`{cut}` is no child of {type(model).__name__}: it has {', '.join(model._modules)}")
    kept: dict[str, nn.Module] = {}
    for child_name, child in model.named_children():
        kept[child_name] = _shortened(child, rest) if child_name == name and rest else child
        if child_name == name:
            break
    return kept


def _shortened(child: nn.Module, cut: str) -> nn.Module:
    if not isinstance(child, nn.Sequential | nn.ModuleList):
        raise ValueError(
            f"{type(child).__name__} cannot be cut at `{cut}`: its children need not run in order"
        )
    kept = _up_to(child, cut)
    shorter: nn.Module = nn.Sequential() if isinstance(child, nn.Sequential) else nn.ModuleList()
    shorter._modules.update(kept)
    return shorter


def widen(model: nn.Module, channels: int) -> None:
    """Put a convolution over `channels` in the place of the first one."""
    path, first = next((p, m) for p, m in model.named_modules() if isinstance(m, nn.Conv2d))
    wider = nn.Conv2d(
        channels,
        first.out_channels,
        first.kernel_size,  # type: ignore[arg-type]  # always a pair once constructed
        first.stride,  # type: ignore[arg-type]
        first.padding,  # type: ignore[arg-type]
        first.dilation,  # type: ignore[arg-type]
        first.groups,
        first.bias is not None,
        first.padding_mode,
    )
    owner, _, name = path.rpartition(".")
    setattr(model.get_submodule(owner), name, wider)
