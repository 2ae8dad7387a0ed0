"""What people look at: tables, texts, drawings, comparisons."""
