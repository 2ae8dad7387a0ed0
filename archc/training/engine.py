"""Where and how numbers are computed: the one place that knows of devices, precision and processes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Protocol

import torch
from torch import Tensor, nn

from archc.files.errors import WorldError


class Engine(Protocol):
    """The interface of the training loop to an engine; one of several processes can have the same."""

    @property
    def device(self) -> torch.device: ...

    @property
    def channels_last(self) -> bool:
        """True where images and kernels are stored as `torch.channels_last`."""
        ...

    def placed(self, module: nn.Module) -> nn.Module:
        """Return the module on the engine's device, in its memory layout."""
        ...

    def computing(self) -> AbstractContextManager[object]:
        """Return the context that forward passes run in."""
        ...

    def gradients(self, loss: Tensor, parameters: Iterable[nn.Parameter], clip: float | None) -> Tensor:
        """Fill `.grad` from `loss`, a scalar; clip to `clip`; return the total norm before that, a scalar."""
        ...

    def summed(self, counts: Tensor) -> Tensor:
        """Return the sum of `counts`, of any shape, over all processes."""
        ...


class PlainEngine:
    """One process, one device, torch alone."""

    def __init__(self, device: torch.device, *, bf16: bool = False, channels_last: bool = True) -> None:
        self._device, self._bf16, self._channels_last = device, bf16, channels_last

    @property
    def device(self) -> torch.device:
        return self._device

    @property
    def channels_last(self) -> bool:
        return self._channels_last

    def placed(self, module: nn.Module) -> nn.Module:
        module = module.to(self._device)
        if self._channels_last:
            module.to(memory_format=torch.channels_last)
        return module

    def computing(self) -> AbstractContextManager[object]:
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self._bf16)

    def gradients(self, loss: Tensor, parameters: Iterable[nn.Parameter], clip: float | None) -> Tensor:
        """Fill `.grad` from `loss`, a scalar; clip to `clip`; return the total norm before that, a scalar."""
        loss.backward()  # type: ignore[no-untyped-call]
        kept = [parameter for parameter in parameters if parameter.grad is not None]
        grads = [parameter.grad for parameter in kept if parameter.grad is not None]
        norm = nn.utils.get_total_norm(grads)
        if clip is not None:
            nn.utils.clip_grads_with_norm_(kept, clip, norm)
        return norm

    def summed(self, counts: Tensor) -> Tensor:
        """Return `counts`, of any shape, as they are: there is one process."""
        return counts


def choose_device(name: str | None = None) -> torch.device:
    """Return the device called `name`, else the first GPU where there is one, else the CPU.

    Raises:
        WorldError: there is no such device here.
    """
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        first = (str(error).splitlines() or [""])[0]
        raise WorldError(f"no device `{name}`: {first}", "leave it out, or write cpu or cuda") from error
    return device
