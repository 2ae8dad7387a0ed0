"""The inputs that a model may take: a closed union told apart by `kind`, an image where it is left out."""

from __future__ import annotations

from typing import Annotated

from archc.spec.fields import Tagged
from archc.spec.inputs.image import ImageInput

Input = Annotated[ImageInput, Tagged("kind", default="image")]

__all__ = ["ImageInput", "Input"]
