"""Images with masks, found by pattern below the spec's root."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL.Image import Image

from archc.data.examples import ONLY, VOID, Raw
from archc.data.images import read_mask
from archc.data.places import matching
from archc.files import WorldError, resolve_within
from archc.images.pixels import PixelFormat
from archc.images.reading import read_image
from archc.spec.data import ImagesAndMasks


@dataclass(frozen=True, slots=True)
class Pair:
    """An image's file and its mask's; `others` are further images of the same place."""

    image: Path
    mask: Path
    others: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentationExamples:
    """Pairs as examples; in their masks the spec's `ignore` has become `VOID`."""

    pairs: tuple[Pair, ...]
    pixels: PixelFormat
    ignore: int | None
    in_memory: bool = False

    def __len__(self) -> int:
        return len(self.pairs)

    def name(self, index: int) -> str:
        return str(self.pairs[index].image)

    def load(self, index: int) -> Raw:
        pair = self.pairs[index]
        mask = read_mask(pair.mask)
        image = read_image(pair.image, self.pixels)
        if image.size != mask.size:  # the scan has looked, but files may change under a long run
            raise sizes_differ(pair, image.size, mask.size)
        others = tuple(read_image(path, self.pixels) for path in pair.others)
        return Raw((image, *others), {ONLY: with_void(mask, self.ignore)})


def with_void(mask: Image, ignore: int | None) -> Image:
    """The mask with `VOID` in the place of `ignore`."""
    if ignore is None:
        return mask
    return mask.point([VOID if value == ignore else value for value in range(256)])


def find_pairs(root: Path, split: ImagesAndMasks, which: str) -> tuple[Pair, ...]:
    """Every image that the pattern finds with its mask, sorted by path.

    Raises:
        WorldError: nothing is found, masks are missing (the first few are named), or a path leaves `root`.
    """
    images = matching(root, split.images, f"data.{which}.images")
    pairs = tuple(_pair(root, split, image) for image in images)
    missing = [pair for pair in pairs if not all(path.is_file() for path in (pair.mask, *pair.others))]
    if missing:
        raise _without_mask(root, missing, len(pairs))
    return pairs


def sizes_differ(pair: Pair, image: tuple[int, int], mask: tuple[int, int]) -> WorldError:
    """What is said of a mask of another size than its image; sizes are (width, height) as Pillow has them."""
    return WorldError(
        f"mask `{pair.mask}` is {mask[1]}x{mask[0]} but image `{pair.image}` is {image[1]}x{image[0]}"
        " (height x width)",
        "make the mask from this image, or take both out of the data",
    )


def _pair(root: Path, split: ImagesAndMasks, image: Path) -> Pair:
    others = tuple(_beside(root, template, image) for template in split.others)
    return Pair(image, _beside(root, split.masks, image), others)


def _beside(root: Path, template: str, image: Path) -> Path:
    # Not str.format: `{stem.__class__}` must stay letters.
    return resolve_within(root, template.replace("{stem}", image.stem))


def _without_mask(root: Path, missing: Sequence[Pair], total: int) -> WorldError:
    named = ", ".join(f"`{pair.image.relative_to(root)}`" for pair in missing[:3])
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    first = missing[0]
    absent = next(path for path in (first.mask, *first.others) if not path.is_file())
    what = "mask" if absent == first.mask else "image beside them"
    return WorldError(
        f"{len(missing)} of {total} images have no {what}: {named}{more}",
        f"the first was looked for at `{absent}`",
    )
