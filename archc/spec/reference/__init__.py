"""The reference of every table and key of the language. `python -m archc.spec.reference` writes it."""
