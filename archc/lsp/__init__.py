"""Answers to an editor about a spec while it is written.

They are pure functions of a text and a place in it, and a language server that answers with them.
"""
