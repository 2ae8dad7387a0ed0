"""Comments that allow a warning."""

from __future__ import annotations

import time

import pytest

from archc.plan.compile import compile_document
from archc.source.document.document import SpecError, read_text
from archc.source.document.overrides import with_overrides

SPEC = """\
archc = 1
[input]
size = [64, 64]
[model]
kind = "classifier"
[model.body]
ref = "torchvision/resnet18"
[data]
kind = "digits"
[train]
[[train.phases]]
epochs = 1
{above}lr = 3.0{beside}
"""


def codes(above: str = "", beside: str = "", text: str = SPEC, *flags: str) -> list[str]:
    """The codes of the warnings on a spec with one warning and a comment."""
    document = read_text(text.replace("{above}", above).replace("{beside}", beside), "spec.toml")
    return [each.code for each in compile_document(with_overrides(document, flags)).warnings]


@pytest.mark.parametrize(
    ("above", "beside", "left"),
    [
        ("", "", ["ARC707"]),
        ("", "  # archc: allow ARC707", []),
        ("", "  #archc:allow arc707", []),
        ("", "  # archc: allow unusual-rate: superconvergence", []),
        ("# archc: allow ARC707\n", "", []),
        ("# archc: allow ARC707\n# and why\n\n", "", []),
        ("    # archc: allow unusual-rate\r\n", "", []),
        ("", "  # archc: allow ARC707, ARC708", ["ARC799"]),
        ("", "  # archc: allow ARC708", ["ARC707", "ARC799"]),
        ("# archc: allow ARC707\nbatch_size = 2\n", "", ["ARC707", "ARC799"]),
        ("", "  # allow ARC707", ["ARC707"]),
        ("", "  # archc: allow", ["ARC707"]),
    ],
)
def test_a_comment_allows_a_warning_on_its_line(above: str, beside: str, left: list[str]) -> None:
    assert codes(above, beside) == left


def test_a_string_is_no_comment() -> None:
    text = SPEC.replace("archc = 1\n", 'archc = 1\nname = """# archc: allow ARC707"""\n')
    assert codes(text=text) == ["ARC707"]
    text = SPEC.replace("archc = 1\n", "archc = 1\nname = '# archc: allow ARC707'\n")
    assert codes(text=text) == ["ARC707"]


def test_a_warning_about_a_flag_is_not_the_files() -> None:
    assert codes("", "  # archc: allow ARC707", SPEC, "train.phases.0.lr=4.0") == ["ARC707", "ARC799"]


def test_beside_an_error_no_comment_is_called_idle() -> None:
    broken = SPEC.replace("epochs = 1", "epochs = 1\ntrain = ['haed']").replace("lr = 3.0", "lr = 3e-3")
    with pytest.raises(SpecError) as caught:
        codes("", "  # archc: allow ARC707", broken)
    assert [each.code for each in caught.value.diagnostics] == ["ARC405"]


def test_an_error_cannot_be_allowed() -> None:
    wrong = SPEC.replace("{beside}", "\ntrain = ['haed']  # archc: allow ARC405")
    with pytest.raises(SpecError) as caught:
        codes(text=wrong.replace("3.0", "3e-3"))
    assert [each.code for each in caught.value.diagnostics] == ["ARC405"]


def test_thousands_of_comments_cost_little() -> None:
    many = "# archc: allow ARC707, ARC704\n" * 8_000
    started = time.process_time()
    assert len(codes(many)) == 8_000  # one word of each line is idle
    assert time.process_time() - started < 8
