"""`python -m archc.spec.reference` writes `docs/reference`."""

from archc.spec.reference.pages import FOLDER, pages

FOLDER.mkdir(exist_ok=True)
for name, text in pages().items():
    (FOLDER / name).write_text(text, "utf-8")
