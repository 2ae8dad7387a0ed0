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
    ],
)
def test_nearest(word: str, meant: str | None) -> None:
    assert nearest(word, NAMES) == meant


def test_nearest_of_nothing() -> None:
    assert nearest("a", ()) is None
