from __future__ import annotations

import pytest

from archc.source.diagnostics.suggest import nearest

NAMES = ("channels", "classes", "kernel_size", "lr", "out_features", "resnet34", "resnet50", "train")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("chanels", "channels"),
        ("channles", "channels"),
        ("clases", "classes"),
        ("kernelSize", "kernel_size"),
        ("kernel-size", "kernel_size"),
        ("rl", "lr"),
        ("trian", "train"),
        ("RESNET34", "resnet34"),
        ("resnet35", "resnet34"),
        ("out", "out_features"),
        ("training", "train"),
        ("bias_and_more", None),
        ("banana", None),
        ("", None),
        ("x" * 500, None),
        ("out_featuresxxxx", "out_features"),
        ("out_featuresxxxxxx", "out_features"),
        ("out_featurexxxxxxx", None),
    ],
)
def test_nearest(word: str, meant: str | None) -> None:
    assert nearest(word, NAMES) == meant


LONG = "adaptive_average_pooling_over_a_grid_of_cells_whatever_the_size"


@pytest.mark.parametrize(("slips", "meant"), [(1, LONG), (8, LONG), (9, None)])
def test_long_words_are_compared_up_to_eight_slips(slips: int, meant: str | None) -> None:
    word = "".join(
        "#" if index % 7 == 3 and index // 7 < slips else letter for index, letter in enumerate(LONG)
    )
    assert sum(a != b for a, b in zip(word, LONG, strict=True)) == slips
    assert nearest(word, (LONG, "linear")) == meant


@pytest.mark.parametrize(("length", "found"), [(99, True), (100, True), (101, False)])
def test_words_beyond_a_length_are_not_compared(length: int, found: bool) -> None:
    name = "a" * 60 + "b" * (min(length, 100) - 60)
    assert (nearest("a" * 60 + "b" * (length - 60), (name,)) == name) is found
    assert nearest("linaer", ("linear" * 20, "linear")) == "linear"


def test_nearest_of_nothing() -> None:
    assert nearest("a", ()) is None
