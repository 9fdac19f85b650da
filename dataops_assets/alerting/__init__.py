"""Alerts: what is wrong, whom it concerns, and messages that reach them once.

Alerts follow from the state (the ledger, failed extractions, checks that warn), not from events alone: nothing is lost
while no daemon runs. Messages are written to an outbox in the warehouse before they are sent, and marked afterwards.
"""
