"""The language server: a client's requests, answered by the functions beside this file.

Only this file knows pygls.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_args

from lsprotocol import types as lsp
from pygls import uris
from pygls.lsp.server import LanguageServer

from archc.files.version import __version__
from archc.lsp import wire
from archc.lsp.actions import Action, actions, formatted
from archc.lsp.analysis import Analysis, analyzed, draft_of, forget, is_spec
from archc.lsp.completion import completions
from archc.lsp.draft import Draft
from archc.lsp.hints import hints
from archc.lsp.hover import hover
from archc.lsp.lines import Encoding, Lines, lines_of
from archc.lsp.problems import problems
from archc.lsp.references import definition
from archc.lsp.symbols import symbols

PAUSE = 0.2
"""Seconds without a keystroke after which a text is checked."""

_TRIGGERS = ['"', "'", ".", "[", "=", " ", "{", ",", "/", ":"]


@dataclass(slots=True)
class Session:
    """The server's memory: of each file the last analysis with a plan, and the check that is due."""

    server: LanguageServer
    docs: str | None = None
    good: dict[str, Analysis] = field(default_factory=dict)
    due: dict[str, asyncio.TimerHandle] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Open:
    """An open spec: its name, its text as the client counts it and as it can be made out."""

    uri: str
    name: str
    lines: Lines

    @property
    def analysis(self) -> Analysis:
        return analyzed(self.lines.text, self.name)

    @property
    def draft(self) -> Draft:
        return draft_of(self.lines.text, self.name)


def serve(docs: str | None = None) -> None:
    """Answer a client on standard input and output until it says good-bye.

    `docs` is where the pages of the codes are published.
    """
    made(docs).start_io()


def made(docs: str | None = None) -> LanguageServer:
    """Return a server that knows every feature.

    Texts come whole: pygls takes other characters for line ends than the protocol does, and would put changes
    in the wrong place.
    """
    server = LanguageServer("archc", __version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Full)
    session = Session(server, docs)
    for name, (handler, empty, options) in _FEATURES.items():
        server.feature(name, options)(_guarded(session, name, handler, empty))
    return server


def _guarded(
    session: Session, name: str, handler: Callable[[Session, Any], Any], empty: Any
) -> Callable[[Any], Any]:
    """Return the handler, with an empty answer and a line in the client's log where it fails.

    A bug of ours must not end what else the server is good for.
    """

    def answer(params: Any) -> Any:
        try:
            return handler(session, params)
        except Exception:
            message = f"archc lsp: {name} failed\n{traceback.format_exc()}"
            session.server.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, message))
            return empty

    return answer


def _opened(session: Session, uri: str) -> Open | None:
    """Return the open file; None where it is no spec."""
    document = session.server.workspace.text_documents.get(uri)
    if document is None:
        return None
    name = _name(uri, document.language_id)
    text = document.source
    if not is_spec(text, name):
        return None
    return Open(uri, name, lines_of(text, _encoding(session)))


def _encoding(session: Session) -> Encoding:
    agreed = str(session.server.workspace.position_encoding or "")
    agreed = getattr(session.server.workspace.position_encoding, "value", agreed)
    return agreed if agreed in get_args(Encoding) else "utf-16"  # type: ignore[return-value]


def _name(uri: str, language: str | None) -> str:
    """Return the file's path; a text without a file is called by its scheme in brackets."""
    if uri.startswith("file:"):
        return uris.to_fs_path(uri) or uri
    ending = ".json" if uri.endswith(".json") or language in ("json", "jsonc") else ".toml"
    return f"<{uri.partition(':')[0]}>{ending}"


def _check(session: Session, uri: str) -> None:
    """Publish what is wrong with a file; nothing for one that is no spec."""
    if timer := session.due.pop(uri, None):
        timer.cancel()
    opened = _opened(session, uri)
    found: list[lsp.Diagnostic] = []
    if opened:
        found = [wire.diagnostic(e, opened.lines, uri, session.docs) for e in problems(opened.analysis)]
        if opened.analysis.plan is not None:
            session.good[uri] = opened.analysis
    document = session.server.workspace.text_documents.get(uri)
    version = document.version if document else None
    session.server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found, version))


def _did_open(session: Session, params: lsp.DidOpenTextDocumentParams) -> None:
    _check(session, params.text_document.uri)


def _did_change(session: Session, params: lsp.DidChangeTextDocumentParams) -> None:
    uri = params.text_document.uri
    if timer := session.due.pop(uri, None):
        timer.cancel()
    due = _guarded(session, "the check after a change", _check, None)
    session.due[uri] = asyncio.get_running_loop().call_later(PAUSE, due, uri)


def _did_save(session: Session, params: lsp.DidSaveTextDocumentParams) -> None:
    forget()
    _check(session, params.text_document.uri)


def _did_close(session: Session, params: lsp.DidCloseTextDocumentParams) -> None:
    uri = params.text_document.uri
    session.good.pop(uri, None)
    _check(session, uri)


def _files_changed(session: Session, params: lsp.DidChangeWatchedFilesParams) -> None:
    """Check every open file anew: bodies were recorded, or removed."""
    forget()
    for uri in list(session.server.workspace.text_documents):
        _check(session, uri)


def _hover(session: Session, params: lsp.HoverParams) -> lsp.Hover | None:
    opened = _opened(session, params.text_document.uri)
    if opened is None:
        return None
    offset = opened.lines.offset(wire.position_of(params.position))
    found = hover(opened.draft, opened.analysis, offset)
    return wire.hover(found, opened.lines) if found else None


def _completion(session: Session, params: lsp.CompletionParams) -> lsp.CompletionList | None:
    opened = _opened(session, params.text_document.uri)
    if opened is None:
        return None
    analysis = opened.analysis
    if analysis.plan is None:  # names of groups and parameters are still those of a moment ago
        analysis = session.good.get(opened.uri, analysis)
    offset = opened.lines.offset(wire.position_of(params.position))
    found = completions(opened.draft, analysis, offset, snippets=_knows_snippets(session))
    return wire.completion_list(found, opened.lines)


def _knows_snippets(session: Session) -> bool:
    document = session.server.client_capabilities.text_document
    item = document.completion.completion_item if document and document.completion else None
    return bool(item and item.snippet_support)


def _inlay_hints(session: Session, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
    opened = _opened(session, params.text_document.uri)
    if opened is None:
        return []
    within = wire.span_of(params.range, opened.lines)
    return [wire.inlay_hint(each, opened.lines) for each in hints(opened.draft, opened.analysis, within)]


def _symbols(session: Session, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
    opened = _opened(session, params.text_document.uri)
    if opened is None:
        return []
    return [wire.symbol(each, opened.lines) for each in symbols(opened.draft, opened.analysis)]


def _definition(session: Session, params: lsp.DefinitionParams) -> lsp.Location | None:
    opened = _opened(session, params.text_document.uri)
    if opened is None:
        return None
    span = definition(opened.draft, opened.lines.offset(wire.position_of(params.position)))
    return lsp.Location(opened.uri, wire.range_of(span, opened.lines)) if span else None


def _code_actions(session: Session, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    opened = _opened(session, params.text_document.uri)
    if opened is None:
        return []
    within = wire.span_of(params.range, opened.lines)
    found = actions(opened.analysis, within)
    return [wire.code_action(each, opened.lines, opened.uri) for each in found if _asked_for(each, params)]


def _formatting(session: Session, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
    opened = _opened(session, params.text_document.uri)
    found = formatted(opened.analysis) if opened else None
    return [wire.text_edit(found, opened.lines)] if opened and found else []


def _asked_for(action: Action, params: lsp.CodeActionParams) -> bool:
    only = params.context.only
    kind = lsp.CodeActionKind.SourceFixAll if action.whole else lsp.CodeActionKind.QuickFix
    return not only or any(str(kind.value).startswith(_word(each)) for each in only)


def _word(kind: Any) -> str:
    return str(getattr(kind, "value", kind))


_KINDS = lsp.CodeActionOptions(
    code_action_kinds=[lsp.CodeActionKind.QuickFix, lsp.CodeActionKind.SourceFixAll]
)
_FEATURES: dict[str, tuple[Callable[[Session, Any], Any], Any, Any]] = {
    lsp.TEXT_DOCUMENT_DID_OPEN: (_did_open, None, None),
    lsp.TEXT_DOCUMENT_DID_CHANGE: (_did_change, None, None),
    lsp.TEXT_DOCUMENT_DID_SAVE: (_did_save, None, None),
    lsp.TEXT_DOCUMENT_DID_CLOSE: (_did_close, None, None),
    lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES: (_files_changed, None, None),
    lsp.TEXT_DOCUMENT_HOVER: (_hover, None, None),
    lsp.TEXT_DOCUMENT_COMPLETION: (_completion, None, lsp.CompletionOptions(trigger_characters=_TRIGGERS)),
    lsp.TEXT_DOCUMENT_INLAY_HINT: (_inlay_hints, [], None),
    lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (_symbols, [], None),
    lsp.TEXT_DOCUMENT_DEFINITION: (_definition, None, None),
    lsp.TEXT_DOCUMENT_FORMATTING: (_formatting, [], None),
    lsp.TEXT_DOCUMENT_CODE_ACTION: (_code_actions, [], _KINDS),
}
