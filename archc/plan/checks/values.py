"""Checks of what says classes in the data: `values`, `ignore`, columns of zeros and ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from archc.ops.node import SpecPath
from archc.plan.checks.data import sources, targets
from archc.plan.lower.fault import diagnostic
from archc.plan.mask_values import number_of, several
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.spec.data import LabelTarget, MaskTarget, Segmentation, TagsTarget, ValuesTarget
from archc.spec.document import Spec

_MOST_NAMED = 5


def _values(spec: Spec) -> Iterator[Diagnostic]:
    for at, data in sources(spec):
        if isinstance(data, Segmentation):
            yield from _of_masks(data, at)
        for inner, target in targets(data, at):
            match target:
                case MaskTarget():
                    yield from _of_masks(target, inner)
                case LabelTarget() | TagsTarget():
                    yield from _of_cells(target, inner)
                    yield from _one_hot(target, inner)
                case ValuesTarget():
                    pass
                case _:
                    assert_never(target)


def _of_masks(masks: Segmentation | MaskTarget, at: SpecPath) -> Iterator[Diagnostic]:
    """Each class has its pixels, which no other class has; all are numbers, or all colors."""
    yield from _names(masks.values, masks.classes, at)
    places = list(_written(masks, at))
    broken = [(place, value) for place, value in places if not _is_value(value)]
    for place, value in broken:
        yield diagnostic("ARC516", f"`{value}` is no color", place, help='write "#rrggbb", such as "#80c0ff"')
    texts = [place for place, value in places if isinstance(value, str)]
    numbers = [place for place, value in places if isinstance(value, int)]
    if texts and numbers:
        yield diagnostic(
            "ARC516",
            "masks hold numbers or colors, not both",
            texts[0],
            also=(Label(numbers[0], "value", "a number"),),
            help="write all of `values` and `ignore` alike; without `values` they are numbers",
        )
    elif not broken:
        yield from _twice([(place, number_of(value), str(value)) for place, value in places], "pixels")


def _written(masks: Segmentation | MaskTarget, at: SpecPath) -> Iterator[tuple[SpecPath, int | str]]:
    """Yield every value with its place, those to ignore last."""
    for name, written in (masks.values or {}).items():
        yield from _placed(written, (*at, "values", name))
    if masks.values is None and isinstance(masks.ignore, tuple | str):
        yield from (((*at, "classes", i), i) for i in range(len(masks.classes)))
    if masks.ignore is not None and (masks.values is not None or isinstance(masks.ignore, tuple | str)):
        yield from _placed(masks.ignore, (*at, "ignore"))


def _placed(written: int | str | tuple[int | str, ...], at: SpecPath) -> Iterator[tuple[SpecPath, int | str]]:
    for i, value in enumerate(several(written)):
        yield (*at, i) if isinstance(written, tuple) else at, value


def _is_value(value: int | str) -> bool:
    try:
        number_of(value)
    except ValueError:
        return False
    return True


def _of_cells(target: LabelTarget | TagsTarget, at: SpecPath) -> Iterator[Diagnostic]:
    """Each class has its texts, which no other class has."""
    if target.values is None:
        return
    if target.classes is None:
        yield diagnostic(
            "ARC516",
            "`values` without `classes`: their order is not said",
            (*at, "values"),
            aim="key",
            help="list the names in `classes` in the order of their numbers",
        )
        return
    yield from _names(target.values, target.classes, at)
    places = [
        found for name, written in target.values.items() for found in _placed(written, (*at, "values", name))
    ]
    yield from _twice([(place, str(value), str(value)) for place, value in places], "cells")


def _names(
    values: Mapping[str, object] | None, classes: tuple[str, ...], at: SpecPath
) -> Iterator[Diagnostic]:
    """`values` and `classes` name the same classes."""
    if values is None:
        return
    unknown = [each for each in values if each not in classes]
    for name in unknown[:_MOST_NAMED]:
        yield diagnostic(
            "ARC516",
            f"`values` names `{name}`, which is no class",
            (*at, "values", name),
            aim="key",
            also=(Label((*at, "classes"), "value"),),
            help="name the same classes in `classes` and `values`",
        )
    missing = [name for name in classes if name not in values]
    if missing and not unknown:
        yield diagnostic(
            "ARC516",
            f"`values` does not say what the class `{missing[0]}` is in the data",
            (*at, "values"),
            aim="key",
            also=(Label((*at, "classes", classes.index(missing[0])), "value"),),
            help="add it, with its number, its color or its text"
            if len(missing) == 1
            else f"add all {len(missing)} that are missing",
        )


def _twice(places: list[tuple[SpecPath, object, str]], what: str) -> Iterator[Diagnostic]:
    """No value stands for two things."""
    first: dict[object, SpecPath] = {}
    for place, value, shown in places:
        if value in first:
            yield diagnostic(
                "ARC516",
                f"{what} of `{shown}` have two meanings",
                place,
                also=(Label(first[value], "value"),),
                help="each value belongs to one class, or is ignored",
            )
        first.setdefault(value, place)


def _one_hot(target: LabelTarget | TagsTarget, at: SpecPath) -> Iterator[Diagnostic]:
    """Beside `columns` nothing else says where classes are and what they are called."""
    if target.columns is None:
        return
    usual = type(target)()
    for key in ("column", "classes", "values", "separator"):
        if getattr(target, key, None) != getattr(usual, key, None):
            yield diagnostic(
                "ARC215",
                f"`{key}` does nothing beside `columns`",
                (*at, key),
                aim="key",
                help="the columns are the classes, and are called like them: leave it out",
            )


VALUE_CHECKS = (_values,)
