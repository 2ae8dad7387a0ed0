"""Where and with what a run was made: what one needs to know to repeat it."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import torch

from archc.files.version import __version__

_PACKAGES = ("torch", "torchvision", "timm", "numpy", "pillow", "safetensors", "scikit-learn")


def describe_environment(device: torch.device, seed: int | None, **more: Any) -> dict[str, Any]:
    """Return versions, device, threads, seed, start, as JSON data; nothing names the machine or its user."""
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "archc": __version__,
        "packages": {name: version for name in _PACKAGES if (version := _version(name))},
        "device": str(device),
        "device_name": _device_name(device),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "seed": seed,
        **more,
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return platform.processor() or platform.machine()
