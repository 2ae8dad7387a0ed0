"""Images with masks, found by pattern below the spec's root."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archc.data.examples import VOID, Raw
from archc.data.images import FORMATS, read_image, read_mask
from archc.files import WorldError, path_fault, resolve_within, stays_within
from archc.spec.data import ImagesAndMasks


@dataclass(frozen=True, slots=True)
class Pair:
    """An image's file and its mask's."""

    image: Path
    mask: Path


@dataclass(frozen=True, slots=True)
class SegmentationExamples:
    """Pairs as examples; in their masks the spec's `ignore` has become `VOID`."""

    pairs: tuple[Pair, ...]
    channels: int
    ignore: int | None
    in_memory: bool = False

    def __len__(self) -> int:
        return len(self.pairs)

    def name(self, index: int) -> str:
        return str(self.pairs[index].image)

    def load(self, index: int) -> Raw:
        pair = self.pairs[index]
        mask = read_mask(pair.mask)
        image = read_image(pair.image, self.channels)
        if image.size != mask.size:  # the scan has looked, but files may change under a long run
            raise sizes_differ(pair, image.size, mask.size)
        if self.ignore is not None:
            mask = mask.point([VOID if value == self.ignore else value for value in range(256)])
        return Raw((image,), mask)


def find_pairs(root: Path, split: ImagesAndMasks, which: str) -> tuple[Pair, ...]:
    """Every image that the pattern finds with its mask, sorted by path.

    Raises:
        WorldError: nothing is found, masks are missing (the first few are named), or a path leaves `root`.
    """
    images = _matching(root, split.images, which)
    pairs = tuple(Pair(image, _mask_path(root, split.masks, image)) for image in images)
    missing = [pair for pair in pairs if not pair.mask.is_file()]
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


def _matching(root: Path, pattern: str, which: str) -> list[Path]:
    fault = path_fault(pattern)
    if fault is not None:
        raise WorldError(f"data.{which}.images: pattern `{pattern}` {fault}")
    if pattern.startswith("/"):
        raise WorldError(
            f"data.{which}.images: pattern `{pattern}` is absolute", "write it as seen from root"
        )
    try:
        found = [path for path in root.glob(pattern) if path.is_file()]
    except (ValueError, NotImplementedError) as error:
        raise WorldError(f"data.{which}.images: `{pattern}` is no pattern: {error}") from error
    pictures = sorted(path for path in found if path.suffix.lower() in FORMATS)
    if not pictures:
        others = f"; {len(found)} files match that are no pictures" if found else ""
        raise WorldError(
            f"data.{which}.images: no picture matches `{pattern}` in `{root}`{others}", _what_is_there(root)
        )
    for path in pictures:
        stays_within(root, path)
    return pictures


def _mask_path(root: Path, template: str, image: Path) -> Path:
    # Not str.format: `{stem.__class__}` must stay letters.
    return resolve_within(root, template.replace("{stem}", image.stem))


def _what_is_there(root: Path) -> str:
    names = sorted(entry.name + "/" * entry.is_dir() for entry in root.iterdir())
    listed = ", ".join(f"`{name}`" for name in names[:6]) or "nothing"
    return f"there is {listed}" + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _without_mask(root: Path, missing: Sequence[Pair], total: int) -> WorldError:
    named = ", ".join(f"`{pair.image.relative_to(root)}`" for pair in missing[:3])
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    return WorldError(
        f"{len(missing)} of {total} images have no mask: {named}{more}",
        f"the first was looked for at `{missing[0].mask}`",
    )
