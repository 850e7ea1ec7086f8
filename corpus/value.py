"""Immutable values: what `@dataclass(frozen=True, slots=True)` gives, without what it costs every process.

    class Place(Value):
        name: str
        councils: tuple[str, ...] = ()
        also: Mapping[str, str] = made(dict)

A dataclass writes and compiles six functions when its module is imported, about a millisecond a class, and importing
`dataclasses` itself takes fifteen more. An answer needs some fifty such classes and makes values of half of
them. Here a class costs nothing until its first value is made; then its `__init__` is compiled, and all else is shared.

Type checkers read a `Value` as a frozen dataclass (PEP 681), and `dataclasses.replace`, `asdict` and `fields`
take one. Modules that define values need `from __future__ import annotations`. Decision 70 says more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, dataclass_transform

T = TypeVar("T")


class _Made:
    """A default that is made anew for every value."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def made(default_factory: Callable[[], T]) -> T:
    """A default that is made anew for every value: `also: Mapping[str, str] = made(dict)`."""
    default: Any = _Made(default_factory)
    return default  # type: ignore[no-any-return]


_MISSING: Final = object()


@dataclass_transform(frozen_default=True)
class _ValueType(type):
    """Turns the annotated names of a class into slots, and their assigned values into defaults."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _ValueType:
        annotated = namespace.get("__annotations__", {})
        own = [each for each, kind in annotated.items() if not kind.startswith("ClassVar")]
        fields = tuple(dict.fromkeys((*(each for base in bases for each in getattr(base, "_fields", ())), *own)))
        defaults = {each: value for base in bases for each, value in getattr(base, "_defaults", {}).items()}
        defaults |= {each: namespace.pop(each) for each in own if each in namespace}
        namespace["__slots__"] = (*namespace.get("__slots__", ()), *own)
        if own:
            namespace |= {"_fields": fields, "_defaults": defaults, "_values": attrgetter(*fields)}
            namespace |= {"__init__": _init_of_first, "__match_args__": fields}
        return super().__new__(mcs, name, bases, namespace)


def _init_of_first(self: Value, *arguments: Any, **named: Any) -> None:
    """The `__init__` of a class until its first value is made."""
    cls = next(each for each in type(self).__mro__ if "_fields" in each.__dict__)
    made_init = _compiled_init(cls)
    type.__setattr__(cls, "__init__", made_init)
    made_init(self, *arguments, **named)


def _compiled_init(cls: Any) -> Callable[..., None]:
    """An `__init__` with one parameter a field, which calls `__post_init__` where there is one."""
    names: dict[str, Any] = {"_MISSING": _MISSING}
    parameters, steps = [], []
    for field in cls._fields:
        names[f"_set_{field}"] = getattr(cls, field).__set__
        default = cls._defaults.get(field, _MISSING)
        value = field
        if isinstance(default, _Made):
            names[f"_make_{field}"] = default.make
            parameters.append(f"{field}=_MISSING")
            value = f"_make_{field}() if {field} is _MISSING else {field}"
        elif default is _MISSING:
            parameters.append(field)
        else:
            names[f"_default_{field}"] = default
            parameters.append(f"{field}=_default_{field}")
        steps.append(f" _set_{field}(self, {value})")
    if hasattr(cls, "__post_init__"):
        steps.append(" self.__post_init__()")
    body = "\n".join(steps)
    exec(f"def __init__(self, {', '.join(parameters)}):\n{body}", names)
    init: Callable[..., None] = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


class _AsDataclass:
    """What `dataclasses` looks for in a class that it is given, made when it looks."""

    def __get__(self, value: object, owner: Any) -> dict[str, Any]:
        from dataclasses import field, make_dataclass

        parts: list[Any] = []
        for name in owner._fields:
            default = owner._defaults.get(name, _MISSING)
            if default is _MISSING:
                parts.append((name, Any))
            elif isinstance(default, _Made):
                parts.append((name, Any, field(default_factory=default.make)))
            else:
                parts.append((name, Any, field(default=default)))
        twin: Any = make_dataclass(owner.__name__, parts)
        found: dict[str, Any] = twin.__dataclass_fields__
        return found


class Value(metaclass=_ValueType):
    """An immutable value with named fields: equal by them, hashable where they are, and shown with them.

    A subclass may check or tidy its fields in `__post_init__`, by `object.__setattr__`.
    """

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, Any]]
        _fields: ClassVar[tuple[str, ...]]
        _defaults: ClassVar[Mapping[str, Any]]
        _values: ClassVar[Callable[[Any], Any]]
    else:
        __dataclass_fields__ = _AsDataclass()
        _fields, _defaults, _values = (), {}, staticmethod(lambda _: ())

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        values = type(self)._values
        return bool(values(self) == values(other))

    def __hash__(self) -> int:
        return hash(type(self)._values(self))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__qualname__}({shown})"

    def __setattr__(self, name: str, value: object) -> None:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot delete field {name!r}")

    # Without these, pickle would set the fields as everyone else does, which is forbidden.

    def __getstate__(self) -> list[Any]:
        return [getattr(self, name) for name in self._fields]

    def __setstate__(self, state: list[Any]) -> None:
        for name, value in zip(self._fields, state, strict=True):
            object.__setattr__(self, name, value)


V = TypeVar("V", bound=Value)


def changed(value: V, **changes: Any) -> V:
    """The same value with some fields changed, checked as a new one is."""
    return type(value)(**named_values(value) | changes)


def field_names(cls: type[Value]) -> tuple[str, ...]:
    """The names of the fields of a kind of value, in order."""
    return cls._fields


def named_values(value: Value) -> dict[str, Any]:
    """The values of a value's fields by name: what `dataclasses.asdict` gives, without going into them."""
    return {name: getattr(value, name) for name in value._fields}
