"""What CI services are given: workflow commands and SARIF."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archc.cli import main
from archc.files.errors import WorldError
from archc.source.diagnostics.diagnostic import Diagnostic, Label
from archc.source.document.document import Document, read_text
from archc.source.document.overrides import NAME
from archc.source.render import github as render_github
from archc.source.render import sarif as render_sarif
from archc.source.render.workspace import NO_FILES
from archc.source.text.spans import Location, Source, Span

Write = Callable[[str, "str | bytes"], Path]

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "tests/schemas/sarif-2.1.0.json").read_text("utf-8"))


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A checkout that is also the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    return str(tmp_path.resolve())


TWO = Diagnostic(
    "ARC301",
    "skip `layer2` is 45x60: 100%, not 23x30",
    (Label(("last",), "value", "this one"), Label(("first",), "key", "that one")),
    ("take `layer3`", "or another"),
)
TEXT = 'first = "😀"\nlast = ["漢", 1]\n'


def test_a_command_holds_place_message_and_help(workspace: str) -> None:
    document = read_text(TEXT, "specs/a,b:c.toml")
    assert list(render_github.lines([TWO], document, workspace)) == [
        "::error file=specs/a%2Cb%3Ac.toml,line=2,col=8,endLine=2,endColumn=16,title=ARC301 skip-misfit::"
        "skip `layer2` is 45x60: 100%25, not 23x30%0Athis one%0Aspecs/a,b:c.toml:1:1: that one"
        "%0Ahelp: take `layer3`%0Ahelp: or another\n",
        "::notice file=specs/a%2Cb%3Ac.toml,line=1,col=1,endLine=1,endColumn=6,"
        "title=ARC301 skip-misfit%3A also here::"
        "that one%0Askip `layer2` is 45x60: 100%25, not 23x30 (specs/a,b:c.toml:2:8)\n",
    ]


def test_a_command_over_several_lines_names_no_columns(workspace: str) -> None:
    document = read_text("a = [\n 1,\n]\n", "x.toml")
    (line,) = render_github.lines([Diagnostic("ARC301", "no", (Label(("a",)),))], document, workspace)
    assert line.startswith("::error file=x.toml,line=1,endLine=3,title=")


def test_what_is_no_file_of_the_checkout_is_named_in_the_message(workspace: str) -> None:
    document = read_text("a = 1\n", "<stdin>")
    (line,) = render_github.lines([Diagnostic("ARC301", "no", (Label(("a",)),))], document, workspace)
    assert line == "::error title=ARC301 skip-misfit::<stdin>:1:5: no\n"
    assert "file=" not in render_github.unread("/elsewhere/x.toml", WorldError("no such file"), workspace)


def test_a_fault_in_a_flag_is_told_with_the_flag(
    capsys: pytest.CaptureFixture[str], workspace: str, write: Write, root: Path
) -> None:
    write("x.toml", (root / "specs/digits.toml").read_text("utf-8"))
    flag = ["--set", "model.body.cut=layer9"]
    assert NAME in NO_FILES
    assert main(["validate", "--format", "github", "x.toml", *flag]) == 1
    assert "::error title=ARC202 unknown-cut::command line:1:22: " in capsys.readouterr().out
    assert main(["validate", "--format", "sarif", "x.toml", *flag]) == 1
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert result["message"]["text"].startswith("command line:1:22: ")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "x.toml"
    assert place["region"]["startLine"] == 1


def test_a_message_cannot_make_a_command_of_its_own(workspace: str) -> None:
    hostile = "x\n::error::y\r\x1b[31m%0A::set-output"
    document = read_text("a = 1\n", "x\n::stop-commands::y.toml")
    fault = Diagnostic("ARC301", hostile, (Label(("a",), text=hostile),), (hostile,))
    (line,) = render_github.lines([fault], document, workspace)
    assert line.count("\n") == 1
    assert line.isprintable() or line[:-1].isprintable()
    assert "%0A::" not in line.replace("%250A", "")


def test_commands_are_bounded(workspace: str) -> None:
    document = read_text("".join(f"k{i} = {i}\n" for i in range(30)), "x.toml")
    faults = [Diagnostic("ARC301", f"{i}", (Label((f"k{i}",)),)) for i in range(30)]
    lines = list(render_github.lines(faults, document, workspace))
    assert len(lines) == 21
    assert lines[-1].startswith("::notice file=x.toml")
    assert "and 10 more" in lines[-1]


def sarif(
    found: list[Any], notes: list[Any] | None = None, status: int = 1, **options: Any
) -> dict[str, Any]:
    """The log as data, after the official schema has taken it."""
    told: dict[str, Any] = json.loads(
        render_sarif.log(found, notes or [], status, version="0.1.0", **options)
    )
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(told)
    return told


def test_a_clean_log_has_an_empty_list_of_results() -> None:
    (run,) = sarif([], status=0)["runs"]
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []
    assert run["invocations"][0]["executionSuccessful"] is True


def test_a_result_has_its_rule_both_places_and_utf16_columns(workspace: str) -> None:
    document = read_text('first = "😀"\nlast = ["😀漢", 1]\n', "specs/a b#.toml")
    second = Diagnostic("ARC301", "x", (Label(("last", 1)),), severity="warning")
    (run,) = sarif(render_sarif.results([TWO, second], document, workspace))["runs"]
    first, other = run["results"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "specs/a%20b%23.toml", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 2, "startColumn": 8, "endLine": 2, "endColumn": 18}
    assert run["columnKind"] == "utf16CodeUnits"
    assert other["locations"][0]["physicalLocation"]["region"]["startColumn"] == 16
    assert [first["level"], other["level"]] == ["error", "warning"]
    (related,) = first["relatedLocations"]
    assert related["message"]["text"] == "that one"
    assert related["physicalLocation"]["region"]["startLine"] == 1
    (rule,) = run["tool"]["driver"]["rules"]
    assert (rule["id"], first["ruleId"], first["ruleIndex"]) == ("ARC301", "ARC301", 0)
    assert "helpUri" not in rule
    assert "archc explain ARC301" in rule["help"]["markdown"]


def test_help_leads_to_where_the_docs_are_published(workspace: str) -> None:
    found = render_sarif.results([TWO], read_text(TEXT, "x.toml"), workspace)
    (run,) = sarif(found, docs_url="https://example.org/errors/")["runs"]
    assert run["tool"]["driver"]["rules"][0]["helpUri"] == "https://example.org/errors/ARC301.md"


def fingerprints(text: str, *faults: Diagnostic) -> list[str]:
    results = render_sarif.results(faults, read_text(text, "x.toml"), "/")
    return [each["partialFingerprints"]["archcPlace/v1"] for each in results]


def test_fingerprints_stay_when_lines_move_and_values_change() -> None:
    assert fingerprints(TEXT, TWO) == fingerprints("# above\n\n" + TEXT.replace("1]", "2]"), TWO)
    elsewhere = Diagnostic("ARC301", "no", (Label(("first",)),))
    assert len(set(fingerprints(TEXT, TWO, elsewhere, elsewhere))) == 3


def test_messages_hold_neither_links_nor_placeholders(workspace: str) -> None:
    hostile = Diagnostic("ARC301", "[click](https://example.org) {0} {stem}", (Label(("last",)),))
    (result,) = render_sarif.results([hostile], read_text(TEXT, "x.toml"), workspace)
    assert result["message"]["text"] == "[click] (https://example.org) {{0}} {stem}"


def test_files_that_could_not_be_read_are_notifications(workspace: str) -> None:
    note = render_sarif.unread("x.toml", WorldError("x.toml: no such file", "name a spec"), workspace)
    (run,) = sarif([], [note], status=2)["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"].startswith("x.toml: no such file")
    assert render_sarif.unread("/far/x.toml", WorldError("no"), workspace)["locations"][0] == {
        "physicalLocation": {"artifactLocation": {"uri": "file:///far/x.toml"}}
    }


def test_paths_are_seen_from_the_checkout_wherever_archc_runs(
    capsys: pytest.CaptureFixture[str], workspace: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write("models/specs/bad.toml", "archc = 1\n").parent.parent
    (Path(workspace) / "link").symlink_to(workspace)
    for place in (folder, Path(workspace) / "link/models"):
        monkeypatch.chdir(place)
        main(["validate", "--format", "github", "specs"])
        assert "::error file=models/specs/bad.toml,line=1," in capsys.readouterr().out


def test_warnings_are_warnings(
    capsys: pytest.CaptureFixture[str], workspace: str, write: Write, root: Path
) -> None:
    text = (root / "tests/broken/ARC701-one-pixel.toml").read_text("utf-8")
    write("x.toml", text)
    assert main(["validate", "--format", "github", "x.toml"]) == 0
    assert capsys.readouterr().out.startswith("::warning file=x.toml,line=")
    assert main(["validate", "--format", "sarif", "--strict", "x.toml"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert run["results"][0]["level"] == "warning"
    assert run["invocations"][0] == {
        "executionSuccessful": True, "exitCode": 1, "toolExecutionNotifications": [],
    }  # fmt: skip


def test_every_broken_spec_gives_a_log_that_the_schema_takes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    status = main(
        ["validate", "--format", "sarif", "tests/broken", "gone.toml", "--docs-url", "https://e.org"]
    )
    out, err = capsys.readouterr()
    told = json.loads(out)
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(told)
    (run,) = told["runs"]
    assert status == 2
    assert len(run["results"]) > 100
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    assert " at fault, 1 not checked" in err


def test_annotations_and_sarif_in_one_run(
    capsys: pytest.CaptureFixture[str], workspace: str, write: Write
) -> None:
    write("specs/bad.toml", "archc = 1\ncolor = 3\n")
    assert main(["validate", "--format", "github", "--sarif", "out.sarif", "specs"]) == 1
    out, _ = capsys.readouterr()
    written = json.loads(Path(workspace, "out.sarif").read_text("utf-8"))
    assert out.startswith("::error file=specs/bad.toml,line=")
    assert len(written["runs"][0]["results"]) == out.count("::error")


ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@st.composite
def somewhere(draw: st.DrawFn) -> tuple[Document, Diagnostic, list[Span]]:
    """A fault with one to three places in a text of anything, under any name."""
    text = draw(st.text(st.sampled_from("ab \t\n\r\"'[]{}=%:,|漢😀\u0301\x1b\u2028"), max_size=60))
    source = Source(draw(ANYTHING.filter(lambda name: "\0" not in name)) or "x.toml", text)
    ends = st.integers(0, len(text))
    spans = [Span(*sorted((draw(ends), draw(ends)))) for _ in range(draw(st.integers(1, 3)))]
    labels = tuple(Label(text=draw(ANYTHING), at=Location(source, span)) for span in spans)
    fault = Diagnostic("ARC301", draw(ANYTHING), labels, (draw(ANYTHING),))
    return Document(source, "toml", {}, {}), fault, spans


@given(somewhere())
@settings(max_examples=150)
def test_whatever_is_said_a_command_is_one_line(given: tuple[Document, Diagnostic, list[Span]]) -> None:
    document, fault, spans = given
    lines = list(render_github.lines([fault], document, str(ROOT)))
    assert len(lines) == len(spans)
    for line in lines:
        assert line.endswith("\n")
        assert line[:-1].isprintable()
        head, properties, _ = line[2:].split("::", 2)[0].partition(" ")
        assert head in ("error", "notice")
        assert properties or "=" in line
        for each in line.split("::")[1].split(" ", 1)[1].split(","):
            assert each.split("=")[0] in ("file", "line", "col", "endLine", "endColumn", "title")


@given(somewhere())
@settings(max_examples=60)
def test_whatever_is_said_sarif_holds_and_its_columns_are_utf16(
    given: tuple[Document, Diagnostic, list[Span]],
) -> None:
    document, fault, spans = given
    (run,) = sarif(render_sarif.results([fault], document, str(ROOT)))["runs"]
    (result,) = run["results"]
    places = [*result["locations"], *result.get("relatedLocations", [])]
    lines = document.text.split("\n")
    for place, span in zip(places, spans, strict=True):
        region = place["physicalLocation"]["region"]
        points = [(region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"])]
        offsets = [_offset(lines, *point) for point in points]
        assert Span(*offsets) == span


def _offset(lines: list[str], line: int, column: int) -> int:
    """The offset in characters of a place whose column counts UTF-16 code units."""
    before = lines[line - 1].encode("utf-16-le")[: 2 * (column - 1)].decode("utf-16-le")
    return sum(len(each) + 1 for each in lines[: line - 1]) + len(before)
