"""`python -m archc.source.diagnostics.code_pages`: writes docs/diagnostics, a page a code and their index."""

from __future__ import annotations

import sys
from pathlib import Path

from archc.source.diagnostics.code_entry import Code
from archc.source.diagnostics.code_examples import Example, examples
from archc.source.diagnostics.codes import CODES, FAMILIES

FOLDER = Path(__file__).parents[3] / "docs" / "diagnostics"
_HEAD = "<!-- made by `python -m archc.source.diagnostics.code_pages`; do not edit -->\n"
SILENCE = (
    "A comment `# archc: allow {code}` on the line, or alone above it, keeps the warning from being shown"
    " there; the name does as well as the code, and what follows a colon is for the reader:"
)


def pages() -> dict[str, str]:
    """Return the text of each page by its file's name."""
    known = examples()
    found = {f"{code}.md": page(code, entry, known.get(code)) for code, entry in CODES.items()}
    return {"README.md": index(), **found}


def page(code: str, entry: Code, example: Example | None) -> str:
    """Return all there is to say about a code, as Markdown."""
    parts = [
        f"{_HEAD}\n# {code}: {entry.name}\n",
        f"**{entry.severity}** · {entry.summary}\n",
        f"{entry.what}\n",
        f"## Why\n\n{entry.why}\n",
        *([_example(example)] if example else []),
        f"## What to do\n\n{entry.remedy}\n",
    ]
    if entry.severity == "warning" and code != "ARC799":
        comment = f"# archc: allow {entry.name}: a word on why"
        parts.append(f"## Where it is meant\n\n{SILENCE.format(code=code)}\n\n```toml\n{comment}\n```\n")
    return "\n".join(parts)


def index() -> str:
    """Return all codes by family."""
    text = [
        f"{_HEAD}\n# Diagnostics\n",
        "Each fault that archc finds in a spec has a code and a name; `archc explain ARC301` or"
        " `archc explain skip-misfit` shows the same in the terminal. Errors are ARC0xx to ARC6xx; ARC7xx are"
        " warnings, which stop nothing.\n",
        "A warning that is meant is kept from being shown by a comment on its line, or alone above it:\n",
        '```toml\n# archc: allow frozen-at-random: the weights come later\ntrain = ["head"]\n```\n',
        "A comment that allows what nothing gives is itself warned of. JSON has no comments to write.\n",
    ]
    for beginning, title in FAMILIES:
        text.append(f"## {title}\n\n| code | name | |\n|---|---|---|")
        members = ((code, entry) for code, entry in CODES.items() if code.startswith(beginning))
        text += [f"| [{code}]({code}.md) | {entry.name} | {entry.summary} |" for code, entry in members]
        text.append("")
    return "\n".join(text)


def _example(example: Example) -> str:
    fence = f"```{example.format}\n{example.text.rstrip()}\n```\n\n" if example.text else ""
    return f"## Example\n\n{fence}```text\n{example.rendering.rstrip()}\n```\n"


def main() -> int:
    """Write every page that differs and removes those of no code; 1 where there was one."""
    wanted = pages()
    FOLDER.mkdir(parents=True, exist_ok=True)
    changed = [file for file in FOLDER.glob("*.md") if file.name not in wanted]
    for file in changed:
        file.unlink()
    for name, text in wanted.items():
        file = FOLDER / name
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            changed.append(file)
    print(f"{len(changed)} of {len(wanted)} pages changed")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
