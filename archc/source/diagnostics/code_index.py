"""The index of the codes' pages, from the pages: `pages/README.md`."""

from __future__ import annotations

from archc.source.diagnostics.codes import CODES, FAMILIES

_HEAD = """\
# Diagnostics

Each fault that archc finds in a spec has a code and a name; `archc explain ARC301` or
`archc explain skip-misfit` shows the same in the terminal. Errors are ARC0xx to ARC6xx; ARC7xx are
warnings, which stop nothing.

A warning that is meant is kept from being shown by a comment on its line, or alone above it:

```toml
# archc: allow frozen-at-random: the weights come later
train = ["head"]
```

A comment that allows what nothing gives is itself warned of. JSON has no comments to write.
"""


def index() -> str:
    """Return all codes by family, as Markdown."""
    parts = [_HEAD]
    for beginning, title in FAMILIES:
        members = ((code, entry) for code, entry in CODES.items() if code.startswith(beginning))
        rows = [f"| [{code}]({code}.md) | {entry.name} | {entry.summary} |" for code, entry in members]
        parts.append("\n".join([f"## {title}\n", "| code | name | |", "|---|---|---|", *rows, ""]))
    return "\n".join(parts)
