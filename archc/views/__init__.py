"""Views for people: tables, texts, drawings, comparisons."""
