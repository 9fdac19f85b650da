"""What is to be sent, kept in the warehouse until it was: for alerts to people, and for messages to other systems.

It is written down before it is sent, in the swap in which it was decided, and marked afterwards. So a process may die
at any moment: the next one sends what waits, under the same id.
"""
