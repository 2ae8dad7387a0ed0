"""Tensors from a file to the names and shapes a model expects: everything that does not fit, told at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
from torch import Tensor

from archc.files import WorldError
from archc.modules.older_names import renamed

_TOLD = 4  # names of each kind in a message
_NAME_LENGTH = 120
_ALIGNED = 64  # bytes; what torch's own allocations are aligned to


def assign_weights(
    expected: Mapping[str, Sequence[int]],
    found: Mapping[str, Tensor],
    *,
    ignore: Callable[[str], bool] = lambda name: False,
) -> dict[str, Tensor]:
    """The tensor for each expected name, in that order; floating ones as float32, none copied without need.

    Names for which `ignore` holds are neither handed back nor reported, on either side. `num_batches_tracked`
    may be absent (files from before torch 0.4.1): it is 0 then, as torch itself has it. `WorldError` with all
    that is missing, unexpected or of another shape; each list is cut to a few names and its full count.
    """
    wanted = {name: tuple(shape) for name, shape in expected.items() if not ignore(name)}
    given = {name: tensor for name, tensor in renamed(found, expected).items() if not ignore(name)}
    for name, shape in wanted.items():
        if name not in given and shape == () and name.endswith("num_batches_tracked"):
            given[name] = torch.tensor(0)
    _report(wanted, given)
    return {name: _ready(given[name]) for name in wanted}


def _ready(tensor: Tensor) -> Tensor:
    """The tensor in float32 where it is floating, copied where it does not lie at a multiple of 64 bytes.

    A mapped file packs its tensors, and torch's kernels take other paths through unaligned memory: a model
    would compute differently in the last digits from one whose weights were copied in.
    """
    floating = tensor.to(torch.float32) if tensor.is_floating_point() else tensor
    return floating.clone() if floating.data_ptr() % _ALIGNED else floating


def _report(wanted: Mapping[str, tuple[int, ...]], given: Mapping[str, Tensor]) -> None:
    missing = [name for name in wanted if name not in given]
    unexpected = [name for name in given if name not in wanted]
    other = [name for name in wanted if name in given and tuple(given[name].shape) != wanted[name]]
    parts = [
        _listed("missing", missing),
        _listed("unexpected", unexpected),
        _listed("of another shape", [_shapes(name, given[name], wanted[name]) for name in other]),
    ]
    if any(parts):
        raise WorldError(
            "the weights do not fit the model: " + "; ".join(part for part in parts if part),
            _advice(wanted, given, missing),
        )


def _shapes(name: str, tensor: Tensor, wanted: tuple[int, ...]) -> str:
    return f"{_short(name)} is {_by(tensor.shape)} in the file and {_by(wanted)} in the model"


def _by(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape)) or "a scalar"


def _listed(what: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    more = f" and {len(items) - _TOLD} more" if len(items) > _TOLD else ""
    return f"{len(items)} {what} ({', '.join(map(_short, items[:_TOLD]))}{more})"


def _short(text: str) -> str:
    return text if len(text) <= _NAME_LENGTH else text[: _NAME_LENGTH - 1] + "…"


def _advice(wanted: Iterable[str], given: Mapping[str, Tensor], missing: Sequence[str]) -> str | None:
    # Most misfits are one prefix too many (the file holds a larger model) or too few.
    wanted = list(wanted)
    if missing and (prefix := _prefix(missing, given)):
        return f"did you mean the part below `{prefix}`? the file's names begin with it, the model's do not"
    if missing and (prefix := _prefix(given, set(wanted))):
        return f"did you mean to load this into `{prefix.rstrip('.')}`? the model's names begin with that"
    if missing and len(missing) == len(wanted):
        return "not one name agrees: is this the file of another architecture?"
    return None


def _prefix(short: Iterable[str], long: Iterable[str]) -> str | None:
    # The prefix that turns most of `short` into members of `long`, if it is more than half of them.
    short, long = list(short), set(long)
    candidates = {name.removesuffix(end) for end in short[:10] for name in long if name.endswith("." + end)}
    for prefix in sorted(candidates, key=len)[:20]:
        if 2 * sum(prefix + name in long for name in short) > len(short):
            return _short(prefix)
    return None


def adapt_input_channels(weight: Tensor, channels: int) -> Tensor:
    """The kernel `(O, channels, kH, kW)` of a first convolution, made from a pretrained one `(O, 3, kH, kW)`.

    As fastai does it: for 1 channel the sum over R, G and B; for 2 the first two times 1.5; for more than 3,
    R, G and B stay and the rest starts at zero. The same tensor for 3. The bias, if any, stays as it is.
    `WorldError` if the pretrained kernel does not take 3 channels.
    """
    if weight.ndim != 4 or weight.shape[1] != 3:
        raise WorldError(
            f"a first layer of shape {_by(weight.shape)} cannot be adapted to {channels} channels: only a "
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
