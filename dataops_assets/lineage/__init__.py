"""OpenLineage: other systems are told by events what each step reads and makes, where its official client is set up."""
