"""Messages to other systems, and from them: a partition was published, held or rolled back; a release was deployed, or
verified.

What is told follows from the ledger: the entry of a publication is in the same swap as its rows, so no message is lost
between the two. What is asked for is acknowledged when a run of it is on record.
"""
