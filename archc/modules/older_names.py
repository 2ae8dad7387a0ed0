"""Names that published weight files still use for parameters which the libraries have renamed since."""

import re
from collections.abc import Container, Mapping

from torch import Tensor

# torchvision's DenseNets were published with `norm.1` for `norm1`; its ViTs with `linear_1`, `linear_2` for
# the Linear layers that are `0` and `3` of the MLP today.
_DENSE_LAYER = re.compile(r"(.*denselayer\d+\.(?:norm|conv))\.([12]\.\w+)")
_VIT_LINEAR = re.compile(r"(.*\.mlp)\.linear_([12])\.(weight|bias)")


def renamed(found: Mapping[str, Tensor], expected: Container[str]) -> dict[str, Tensor]:
    """`found` under today's names; a tensor is renamed only if its old name is not expected and its new one
    is.
    """
    return {_today(name, expected): tensor for name, tensor in found.items()}


def _today(name: str, expected: Container[str]) -> str:
    if name in expected:
        return name
    new = name
    if match := _DENSE_LAYER.fullmatch(name):
        new = match[1] + match[2]
    elif match := _VIT_LINEAR.fullmatch(name):
        new = f"{match[1]}.{'0' if match[2] == '1' else '3'}.{match[3]}"
    return new if new in expected else name
