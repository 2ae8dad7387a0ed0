"""Text to draft."""

from __future__ import annotations

from archc.lsp import draft_json, draft_toml
from archc.lsp.draft import Draft, Drafting
from archc.source.text.limits import Format


def drafted(text: str, format: Format) -> Draft:
    """The draft of a text without byte order mark."""
    state = Drafting(text, format)
    (draft_toml if format == "toml" else draft_json).read(state)
    return Draft(text, format, state.data, state.pieces, tuple(state.slots), tuple(state.sections))
