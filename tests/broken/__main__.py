"""`python -m tests.broken` writes what each spec of this folder renders to, and says which texts changed; and
brings up to date the examples in the pages of the codes, and the index of the pages.

Read the difference before you commit it: the texts are what users see.
"""

from __future__ import annotations

import sys

from archc.source.diagnostics.code_index import index
from archc.source.diagnostics.codes import PAGES
from tests.broken.rendering import FOLDER, SPECS, pages, rendering


def main() -> int:
    """Writes every text that is missing or differs; 1 where there was one."""
    changed = 0
    for name in SPECS:
        path, text = (FOLDER / name).with_suffix(".txt"), rendering(name)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed += 1
            print(f"{path.name}\n\n{text}")
    for code, page in pages().items():
        (PAGES / f"{code}.md").write_text(page, "utf-8")
    (PAGES / "README.md").write_text(index(), "utf-8")
    print(f"{changed} of {len(SPECS)} changed")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
