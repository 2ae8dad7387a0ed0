"""The editor's answers in the language server protocol's own types."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types as lsp

from archc.lsp.actions import Action
from archc.lsp.completion import Completion
from archc.lsp.hints import Hint
from archc.lsp.hover import Hover
from archc.lsp.lines import Lines, Position
from archc.lsp.problems import Problem
from archc.lsp.symbols import Symbol
from archc.source.document.edit import Edit
from archc.source.text.spans import Span

SOURCE = "archc"
_SEVERITIES = {"error": lsp.DiagnosticSeverity.Error, "warning": lsp.DiagnosticSeverity.Warning}
_SORTS = {
    "key": lsp.CompletionItemKind.Property,
    "value": lsp.CompletionItemKind.EnumMember,
    "name": lsp.CompletionItemKind.Reference,
    "table": lsp.CompletionItemKind.Module,
}


def position_of(position: lsp.Position) -> Position:
    """Return a position that a client sent."""
    return Position(position.line, position.character)


def span_of(range: lsp.Range, lines: Lines) -> Span:
    """Return the span of a range that a client sent."""
    return Span(lines.offset(position_of(range.start)), lines.offset(position_of(range.end)))


def range_of(span: Span, lines: Lines) -> lsp.Range:
    """Return a span as a client counts it."""
    start, end = lines.range(span)
    return lsp.Range(lsp.Position(*start), lsp.Position(*end))


def diagnostic(problem: Problem, lines: Lines, uri: str, docs: str | None = None) -> lsp.Diagnostic:
    """Return a problem, with its further places in the same file.

    `docs` is where its code's page is published.
    """
    page = lsp.CodeDescription(f"{docs.rstrip('/')}/{problem.code}.md") if docs and problem.code else None
    related = [
        lsp.DiagnosticRelatedInformation(lsp.Location(uri, range_of(each.span, lines)), each.text)
        for each in problem.related
    ]
    return lsp.Diagnostic(
        range=range_of(problem.span, lines),
        message=problem.message,
        severity=_SEVERITIES[problem.severity],
        code=problem.code or None,
        code_description=page,
        source=SOURCE,
        tags=[lsp.DiagnosticTag.Unnecessary] if problem.unnecessary else None,
        related_information=related or None,
    )


def hover(found: Hover, lines: Lines) -> lsp.Hover:
    """Return a page."""
    return lsp.Hover(_markdown(found.text), range_of(found.span, lines))


def completion_list(found: Iterable[Completion], lines: Lines) -> lsp.CompletionList:
    """Return completions in the order they come in, but for those that go first.

    Typing on may change what fits behind a dot, so a client asks again there.
    """
    items = [_completion(each, index, lines) for index, each in enumerate(found)]
    return lsp.CompletionList(is_incomplete=False, items=items)


def _completion(each: Completion, index: int, lines: Lines) -> lsp.CompletionItem:
    snippet = lsp.InsertTextFormat.Snippet if each.is_snippet else lsp.InsertTextFormat.PlainText
    return lsp.CompletionItem(
        label=each.label,
        kind=_SORTS[each.sort],
        detail=each.detail or None,
        documentation=_markdown(each.page) if each.page else None,
        sort_text=f"{0 if each.first else 1}{index:05}",
        filter_text=each.typed,
        insert_text_format=snippet,
        text_edit=lsp.TextEdit(range_of(each.span, lines), each.text),
    )


def inlay_hint(hint: Hint, lines: Lines) -> lsp.InlayHint:
    """Return a shape behind its line."""
    at = lsp.Position(*lines.position(hint.offset))
    return lsp.InlayHint(
        position=at,
        label=hint.text,
        kind=lsp.InlayHintKind.Type,
        tooltip=hint.page or None,
        padding_left=True,
        padding_right=True,
    )


def symbol(found: Symbol, lines: Lines) -> lsp.DocumentSymbol:
    """Return a table with those in it."""
    return lsp.DocumentSymbol(
        name=found.name,
        detail=found.detail or None,
        kind=lsp.SymbolKind.Function if found.is_layer else lsp.SymbolKind.Struct,
        range=range_of(found.span, lines),
        selection_range=range_of(found.token, lines),
        children=[symbol(each, lines) for each in found.inside] or None,
    )


def code_action(action: Action, lines: Lines, uri: str) -> lsp.CodeAction:
    """Return a change of one file."""
    edits = [text_edit(each, lines) for each in action.edits]
    return lsp.CodeAction(
        title=action.title,
        kind=lsp.CodeActionKind.SourceFixAll if action.whole else lsp.CodeActionKind.QuickFix,
        diagnostics=[diagnostic(each, lines, uri) for each in action.about],
        is_preferred=action.sure or None,
        edit=lsp.WorkspaceEdit(changes={uri: edits}),
    )


def text_edit(edit: Edit, lines: Lines) -> lsp.TextEdit:
    """Return a change of the text."""
    return lsp.TextEdit(range_of(edit.span, lines), edit.text)


def _markdown(text: str) -> lsp.MarkupContent:
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, text)
