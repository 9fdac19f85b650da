"""Everything counted again, from the objects and the rows themselves: what the ledger says must be found there."""
