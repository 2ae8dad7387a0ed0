"""A small language to load into, so that these tests do not move when the real one grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic_core
import pytest
from pydantic import Field, TypeAdapter

from archc.source.diagnostics.diagnostic import Diagnostic
from archc.source.document.document import Document, SpecError, read_text
from archc.source.document.load import load
from archc.source.document.overrides import with_overrides

CONFIG = {"extra": "forbid", "strict": True, "allow_inf_nan": False}


def part(cls: type) -> type:
    cls.__pydantic_config__ = CONFIG  # type: ignore[attr-defined]
    return dataclass(frozen=True, kw_only=True)(cls)


Positive = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0)]


@part
class Linear:
    op: Literal["linear"]
    out_features: Positive
    bias: bool = True


@part
class Dropout:
    op: Literal["dropout"]
    p: Annotated[float, Field(ge=0, lt=1)] = 0.5


@part
class Cycle:
    kind: Literal["one_cycle"]
    warmup: float = 0.25


@part
class Phase:
    epochs: Positive
    lr: Rate | tuple[Rate, ...] = 1e-3
    schedule: Literal["one_cycle", "constant"] | Cycle = "constant"


@part
class Train:
    batch_size: Positive = 32
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]


@part
class Input:
    size: tuple[Positive, Positive]
    channels: Positive = 3
    mean: tuple[float, ...] | None = None


@part
class Toy:
    archc: Literal[1]
    name: Annotated[str, Field(min_length=1, max_length=20, pattern="^[a-z_]+$")] = "toy"
    input: Input
    layers: tuple[Annotated[Linear | Dropout, Field(discriminator="op")], ...] = ()
    train: Train | None = None


TABLES: dict[str, type] = {"": Toy, "input": Input, "train": Train, "train.phases": Phase}


def keys_at(path: tuple[str | int, ...], data: dict[str, Any]) -> tuple[str, ...]:
    if path[:1] == ("layers",):
        return (
            ("op", "out_features", "bias") if data["layers"][path[1]].get("op") == "linear" else ("op", "p")
        )
    if path[-1:] == ("schedule",):
        return ("kind", "warmup")
    found = TABLES.get(".".join(step for step in path if isinstance(step, str)))
    return tuple(found.__dataclass_fields__) if found else ()  # type: ignore[attr-defined]


def _lax(schema: Any) -> Any:
    """Tables for classes and lists for tuples, everything else strict: as the language's own grammar does."""
    if isinstance(schema, dict):
        lax = {"strict": False} if schema.get("type") in ("dataclass", "tuple") else {}
        return {key: _lax(value) for key, value in schema.items()} | lax
    return [_lax(value) for value in schema] if isinstance(schema, list) else schema


@pytest.fixture(scope="session")
def validator() -> pydantic_core.SchemaValidator:
    return pydantic_core.SchemaValidator(_lax(TypeAdapter(Toy).core_schema))


@pytest.fixture
def loaded(validator: pydantic_core.SchemaValidator) -> Callable[[Document], Any]:
    return lambda document: load(document, validator=validator, keys_at=keys_at)


@pytest.fixture
def faults(loaded: Callable[[Document], Any]) -> Callable[..., SpecError]:
    """What loading (with overrides) a text of the small language raises."""

    def raised(text: str, *flags: str, format: Literal["toml", "json"] = "toml") -> SpecError:
        with pytest.raises(SpecError) as caught:
            loaded(with_overrides(read_text(text, "toy.toml", format), flags))
        return caught.value

    return raised


@pytest.fixture
def only(faults: Callable[..., SpecError]) -> Callable[..., Diagnostic]:
    """The one diagnostic that a text with one mistake gives."""

    def one(text: str, *flags: str, format: Literal["toml", "json"] = "toml") -> Diagnostic:
        diagnostics = faults(text, *flags, format=format).diagnostics
        assert len(diagnostics) == 1, diagnostics
        return diagnostics[0]

    return one


@pytest.fixture(scope="session")
def toml_corpus() -> Path:
    corpus = Path(__file__).parents[2].parent / "shared" / "data" / "toml-test"
    if not corpus.is_dir():
        pytest.skip("the toml-test corpus is not beside the checkout")
    return corpus
