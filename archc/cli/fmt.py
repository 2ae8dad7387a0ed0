"""`archc fmt PATH...`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from archc.cli.rewriting import configure_rewriting as configure
from archc.cli.rewriting import rewrite_all
from archc.files.errors import WorldError
from archc.source.text.limits import BYTES

if TYPE_CHECKING:
    from archc.source.document.document import Document

__all__ = ["configure", "run"]


def run(arguments: argparse.Namespace) -> int:
    """Bring specs into canonical form; return 1 on a fault, or on a change under --check or --diff."""
    return rewrite_all(arguments, _canonical, keep_mark=False)


def _canonical(document: Document) -> str:
    from archc.source.document.canonical import canonical

    text = canonical(document)
    if text is None:
        message = f"{document.name}: has no canonical form that provably says the same; it stays as it is"
        raise WorldError(message, "please report this spec")
    if len(text.encode()) > BYTES:
        message = (
            f"{document.name}: laid out, it would be larger than the {BYTES:,} bytes that a spec may have"
        )
        raise WorldError(message, "it stays as it is")
    return text
