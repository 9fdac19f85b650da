"""The cloud's warehouse. `warehouse` and `session` are what the writers see; `jobs` and `runs` see a job to its end."""
