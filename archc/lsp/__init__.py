"""Answers to an editor about a spec while it is written: pure functions of a text and a place in it, and the
language server that answers with them."""
