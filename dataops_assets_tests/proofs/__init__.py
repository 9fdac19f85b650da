"""The promises of the design, each with a proof that fails if it is broken, and a broken version that shows it."""
