"""Images with masks, found by pattern below the spec's root."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archc.data.examples import ONLY, Files, Raw
from archc.data.inputs.image import ImageInputs
from archc.data.masks import read_mask
from archc.data.places import matching
from archc.data.split import Splitting, groups_of, held_out, listed
from archc.files.errors import WorldError
from archc.files.within import resolve_within
from archc.images.reading import read_image
from archc.plan.mask_values import MaskMeaning
from archc.spec.data import ImagesAndMasks, Segmentation


@dataclass(frozen=True, slots=True)
class Pair:
    """An image's file and its mask's; `others` are further images of the same place."""

    image: Path
    mask: Path
    others: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentationExamples:
    """Pairs as examples; in their masks what the spec ignores has become `VOID`."""

    pairs: tuple[Pair, ...]
    inputs: ImageInputs
    meaning: MaskMeaning
    in_memory: bool = False

    def __len__(self) -> int:
        return len(self.pairs)

    def name(self, index: int) -> str:
        return str(self.pairs[index].image)

    def load(self, index: int) -> Raw:
        pair = self.pairs[index]
        mask = read_mask(pair.mask, self.meaning)
        image = read_image(pair.image, self.inputs.pixels)
        if image.size != mask.size:  # the scan has looked, but files may change under a long run
            raise sizes_differ(pair, image.size, mask.size)
        others = tuple(read_image(path, self.inputs.pixels) for path in pair.others)
        return Raw(self.inputs.named(image, *others), {ONLY: mask})

    def files(self, index: int) -> Files:
        pair = self.pairs[index]
        return Files((pair.image, *pair.others), (pair.mask,), self.inputs.pixels)


def split_pairs(data: Segmentation, root: Path) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Find the pairs for training and those held out: files of their own, or part of those of training."""
    train = find_pairs(root, data.train, "train")
    if isinstance(data.valid, ImagesAndMasks):
        return train, find_pairs(root, data.valid, "valid")
    names = [pair.image.relative_to(root).as_posix() for pair in train]
    splitting = Splitting(
        root=root, names=names, labels=None, groups=groups_of(data.group, names), seed=data.split_seed
    )
    held = held_out(data.valid, splitting).tolist()
    kept = tuple(pair for pair, out in zip(train, held, strict=True) if not out)
    return kept, tuple(pair for pair, out in zip(train, held, strict=True) if out)


def find_pairs(root: Path, split: ImagesAndMasks, which: str) -> tuple[Pair, ...]:
    """Return every image that the pattern finds, and the list has, with its mask, sorted by path.

    Masks that lie among the images are no images.

    Raises:
        WorldError: nothing is found, masks are missing (the first few are named), or a path leaves `root`.
    """
    images = matching(root, split.images, f"data.{which}.images")
    if split.file is not None:
        names = [path.relative_to(root).as_posix() for path in images]
        chosen = listed(root, split.file, names).tolist()
        images = [path for path, is_listed in zip(images, chosen, strict=True) if is_listed]
        if not images:
            raise WorldError(f"data.{which}.file: `{split.file}` lists no image")
    pairs = tuple(_pair(root, split, image) for image in images)
    masks = {pair.mask for pair in pairs if pair.mask != pair.image}
    pairs = tuple(pair for pair in pairs if pair.image not in masks)
    missing = [pair for pair in pairs if not all(path.is_file() for path in (pair.mask, *pair.others))]
    if missing:
        raise _without_mask(root, missing, len(pairs))
    return pairs


def sizes_differ(pair: Pair, image: tuple[int, int], mask: tuple[int, int]) -> WorldError:
    """Return the fault of a mask of another size than its image; sizes are (width, height) as in Pillow."""
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
