"""Facts of ops without torch: shapes, costs, initial values."""
