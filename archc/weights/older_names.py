"""Names that published weight files still use for parameters which the libraries have renamed since."""

import re
from collections.abc import Container

# torchvision's DenseNets were published with `norm.1` for `norm1`; its ViTs with `linear_1`, `linear_2` for
# the Linear layers that are `0` and `3` of the MLP today.
_DENSE_LAYER = re.compile(r"(.*denselayer\d+\.(?:norm|conv))\.([12]\.\w+)")
_VIT_LINEAR = re.compile(r"(.*\.mlp)\.linear_([12])\.(weight|bias)")


def today(name: str, expected: Container[str]) -> str:
    """Return a name as the library has it today; another only where that is expected and the name is not."""
    if name in expected:
        return name
    new = name
    if match := _DENSE_LAYER.fullmatch(name):
        new = match[1] + match[2]
    elif match := _VIT_LINEAR.fullmatch(name):
        new = f"{match[1]}.{'0' if match[2] == '1' else '3'}.{match[3]}"
    return new if new in expected else name
