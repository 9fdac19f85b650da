"""Everything of one person removed, from raw files to published versions, with a record that does not name them."""
