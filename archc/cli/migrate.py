"""`archc migrate PATH...`."""

from __future__ import annotations

import argparse

from archc.cli.rewriting import configure_rewriting as configure
from archc.cli.rewriting import rewrite_all

__all__ = ["configure", "run"]


def run(arguments: argparse.Namespace) -> int:
    """Rewrite specs for this version of the language.

    Return 1 where one is at fault, or would change under --check or --diff.
    """
    from archc.source.document.migrate import migrated

    return rewrite_all(arguments, lambda document: migrated(document).text, keep_mark=True)
