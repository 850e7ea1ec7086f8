"""Values behave as frozen dataclasses do, for people, for pickle and for `dataclasses` itself."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from corpus.value import Value, changed, field_names, made

T = TypeVar("T")


class Point(Value):
    """Two numbers and what is said of them."""

    KIND: ClassVar[str] = "point"

    x: int
    y: int = 0
    notes: Mapping[str, str] = made(dict)

    @property
    def total(self) -> int:
        """The sum."""
        return self.x + self.y


@dataclasses.dataclass(frozen=True, slots=True)
class Twin:
    """The same as a dataclass."""

    x: int
    y: int = 0
    notes: Mapping[str, str] = dataclasses.field(default_factory=dict)


class Named(Point):
    """A point with a name."""

    name: str = ""


class Even(Value):
    """A number that is made even."""

    number: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", self.number // 2 * 2)


class Box(Value, Generic[T]):
    """Something of any type."""

    held: T


class Nothing(Value):
    """No field at all."""


def test_fields_are_given_by_place_or_name() -> None:
    """The fields are parameters in their order; what is not given has its default, made anew where it must be."""
    assert (Point(1).x, Point(1, 2).y, Point(y=3, x=1).y, Point(1).total) == (1, 2, 3, 1)
    assert Point(1).notes == {}
    assert Point(1).notes is not Point(1).notes
    assert Point.KIND == "point"


@pytest.mark.parametrize(("arguments", "named"), [((), {}), ((1, 2, {}, 4), {}), ((1,), {"z": 1}), ((1,), {"x": 1})])
def test_wrong_arguments_are_refused(arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Too few, too many, unknown and doubled arguments are the same `TypeError` as for any function."""
    with pytest.raises(TypeError):
        Point(*arguments, **named)


def test_equal_by_fields_and_kind() -> None:
    """Values are equal where kind and fields are, and then have the same hash."""
    assert Box((1, 2)) == Box((1, 2))
    assert hash(Box((1, 2))) == hash(Box((1, 2)))
    assert Point(1, 2) != Point(2, 1)
    assert Point(1) != Named(1)
    assert Point(1) != (1, 0, {})
    assert Nothing() == Nothing()
    assert {Box(1): "one"}[Box(1)] == "one"
    with pytest.raises(TypeError):
        hash(Point(1))


def test_shown_as_a_dataclass_is() -> None:
    """The picture of a value is that of the same dataclass."""
    assert repr(Point(1, notes={"a": "b"})) == repr(Twin(1, notes={"a": "b"})).replace("Twin", "Point")


def test_nothing_can_be_set() -> None:
    """Fields can be neither set nor deleted, and no other attribute can be added."""
    point = Point(1)
    for name in ("x", "other"):
        with pytest.raises(FrozenInstanceError):
            setattr(point, name, 2)
        with pytest.raises(FrozenInstanceError):
            delattr(point, name)
    assert not hasattr(point, "__dict__")


def test_a_kind_adds_fields_to_another() -> None:
    """A subclass has the fields of its base first; making the base's values first does not matter."""
    assert Point(1) == Point(1, 0, {})
    assert field_names(Named) == ("x", "y", "notes", "name")
    assert Named(1, 2, {}, "home").name == "home"
    assert Named(1, name="home").total == 1


def test_checked_when_made_and_when_changed() -> None:
    """`__post_init__` sees every new value, also a changed one; `changed` leaves the old value as it is."""
    even = Even(5)
    assert even.number == 4
    assert changed(even, number=9) == Even(8)
    assert even.number == 4


def test_patterns_take_fields_by_place() -> None:
    """A pattern may name fields by their place."""
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)


@pytest.mark.parametrize("value", [Point(1, 2, {"a": "b"}), Named(1, name="home"), Box("held"), Even(3), Nothing()])
def test_copied_and_pickled(value: Value) -> None:
    """A value survives pickle and copy."""
    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.copy(value) == value
    assert copy.deepcopy(value) == value


def test_dataclasses_take_a_value() -> None:
    """`replace`, `asdict` and `fields` of the standard library work, whatever is inside."""
    point = Point(1, notes={"a": "b"})
    assert dataclasses.replace(point, y=2) == Point(1, 2, {"a": "b"})
    assert dataclasses.asdict(Box([point])) == {"held": [{"x": 1, "y": 0, "notes": {"a": "b"}}]}
    assert [each.name for each in dataclasses.fields(Named)] == ["x", "y", "notes", "name"]
    assert dataclasses.is_dataclass(point)


def test_importing_values_is_light() -> None:
    """Defining and making values loads neither `dataclasses` nor `inspect`."""
    code = "import sys; from corpus import CaseStudy; CaseStudy('a', 'b'); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert {"dataclasses", "inspect"}.isdisjoint(run.stdout.split())
