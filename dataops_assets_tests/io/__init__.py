"""Plain Dagster assets on the project's IO managers, and what they gain over Dagster's own."""
