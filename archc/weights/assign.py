"""Tensors of a file made ready to be a model's own."""

from collections.abc import Mapping

import torch
from torch import Tensor

from archc.files.errors import WorldError
from archc.weights.misfits import by

_ALIGNED = 64  # bytes; what torch's own allocations are aligned to


def ready(found: Mapping[str, Tensor], like: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors of any shape on the device of `like`: floating ones as float32, others in its dtype.

    None is copied without need: the file's own memory becomes the model's. One that lies at no multiple of 64
    bytes is, since torch's kernels take other paths through unaligned memory and a model would compute
    differently in the last digits; and one that two names share which are two tensors in `like`.
    """
    owners: dict[int, str] = {}
    made: dict[str, Tensor] = {}
    for name, tensor in found.items():
        first = owners.setdefault(tensor.data_ptr(), name) if tensor.numel() else name
        mine = like[name]
        shared = first == name or mine.data_ptr() == like[first].data_ptr()
        typed = tensor.to(torch.float32 if tensor.is_floating_point() else mine.dtype)
        alone = typed if shared and typed.data_ptr() % _ALIGNED == 0 else typed.clone()
        made[name] = alone.to(mine.device) if mine.device.type != "meta" else alone
    return made


def adapt_input_channels(weight: Tensor, channels: int) -> Tensor:
    """Return a first convolution's kernel `(O, channels, kH, kW)`, made from `(O, 3, kH, kW)`.

    As fastai does it: for 1 channel the sum over R, G and B; for 2 the first two times 1.5; for more than 3,
    R, G and B stay and the rest starts at zero. The same tensor for 3. The bias, if any, stays as it is.
    `WorldError` if the pretrained kernel does not take 3 channels.
    """
    if weight.ndim != 4 or weight.shape[1] != 3:
        raise WorldError(
            f"a first layer of shape {by(weight.shape)} cannot be adapted to {channels} channels: only a "
            "two-dimensional convolution over 3 channels can",
            'give the input 3 channels, or write `weights = "none"`',
        )
    if channels < 1:
        raise ValueError(f"{channels} input channels")
    if channels == 1:
        return weight.sum(dim=1, keepdim=True)
    if channels == 2:
        return weight[:, :2] * 1.5
    if channels == 3:
        return weight
    return torch.cat([weight, weight.new_zeros(weight.shape[0], channels - 3, *weight.shape[2:])], dim=1)
