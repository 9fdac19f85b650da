"""Pictures of what the books say: the panel at an asset in Dagster, and the page that `dataops report` writes."""
