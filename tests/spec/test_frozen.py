"""Frozen classes are what stdlib dataclasses are to everybody who uses them."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from inspect import signature
from typing import ClassVar

import pytest

from archc.spec import layers as ops
from archc.spec.document import Export, Spec
from archc.spec.fields import MaxLen, Positive
from archc.spec.frozen import REQUIRED, Frozen, beside, defaults_of, frozen, named


@frozen
class Point(Frozen):
    """A place."""

    unit: ClassVar[str] = "px"

    x: int
    y: int = 0
    seen: object = beside(default=None)

    @property
    def both(self) -> tuple[int, int]:
        return self.x, self.y


@named
class Named(Frozen):
    first: int = 1
    second: Positive


@named
class Longer(Named):
    third: int = 3


def test_values_are_given_by_place_and_by_name() -> None:
    assert Point(1) == Point(1, 0) == Point(x=1) == Point(1, y=0)
    assert Point(1, 2).both == (1, 2)
    assert (Named(second=2).first, Longer(second=5).third, Longer(third=4, second=5).first) == (1, 3, 1)


def test_wrong_values_are_refused() -> None:
    for wrong in ((), (1, 2, None, 4)):
        with pytest.raises(TypeError, match=r"^Point "):
            Point(*wrong)
    for given in ({}, {"x": 1, "z": 1}):
        with pytest.raises(TypeError, match=r"^Point "):
            Point(**given)
    with pytest.raises(TypeError, match="Point"):
        Point(1, x=1)  # type: ignore[misc]
    with pytest.raises(TypeError, match="Named needs second"):
        Named(first=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="has no z"):
        Point(1).changed(z=1)


def test_it_cannot_be_changed() -> None:
    point = Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del point.x
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError)):
        point.other = 2  # type: ignore[attr-defined]
    assert not hasattr(point, "__dict__")
    assert (point.changed(y=5), point) == (Point(1, 5), Point(1))


def test_it_is_compared_by_its_class_and_values() -> None:
    assert Point(1, 2) == Point(1, 2)
    assert Point(1, 2) != Point(2, 1)
    assert Named(second=1) != Longer(second=1)
    assert Point(1) != (1, 0)
    assert len({Point(1), Point(1), Point(2)}) == 2
    assert ops.Relu() != ops.Silu()


def test_what_stands_beside_does_not_count() -> None:
    assert Point(1, seen=[]) == Point(1)
    assert hash(Point(1, seen=[])) == hash(Point(1))
    assert repr(Point(1, seen=[])) == "Point(x=1)"
    assert Point(1, seen=[]).changed(y=1).seen == []


def test_it_can_be_copied_and_pickled() -> None:
    op = ops.Conv2d(out_channels=3, kernel_size=(1, 2))
    for one in (op, Point(3, 4, seen="x"), Export(opset=18)):
        for twin in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
            assert twin == one
            assert type(twin) is type(one)
    assert pickle.loads(pickle.dumps(Point(3, seen="x"))).seen == "x"


def test_dataclasses_know_it() -> None:
    assert dataclasses.is_dataclass(Point)
    assert [f.name for f in dataclasses.fields(Longer)] == ["first", "second", "third"]
    assert dataclasses.fields(Point)[0].default is dataclasses.MISSING
    assert dataclasses.fields(Point)[1].default == 0
    assert dataclasses.asdict(Point(1, 2)) == {"x": 1, "y": 2, "seen": None}
    assert dataclasses.replace(Point(1, 2), x=5) == Point(5, 2)
    assert "archc" in {f.name for f in dataclasses.fields(Spec)}


def test_defaults_are_known_without_making_one() -> None:
    assert defaults_of(Longer) == {"first": 1, "second": REQUIRED, "third": 3}


def test_bounds_are_those_of_annotated_types() -> None:
    annotated_types = pytest.importorskip("annotated_types")
    assert isinstance(MaxLen(3), annotated_types.GroupedMetadata)
    assert [*MaxLen(3)] == [annotated_types.MaxLen(3)]


def test_its_signature_is_that_of_its_values() -> None:
    assert str(signature(Point)) == "(x: 'int', y: 'int' = 0, seen: 'object' = None)"
    assert str(signature(Export)).startswith("(*, opset: 'int' = 20, dynamic: ")
