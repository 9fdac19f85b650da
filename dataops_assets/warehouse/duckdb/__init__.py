"""The laptop's warehouse: one file, opened under a lock for the moment of a swap, and mended if that was cut short."""
