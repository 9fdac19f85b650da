"""Local stand-ins for Google Cloud Storage and BigQuery: servers on 127.0.0.1 that the official clients talk to.

`cloud.Cloud` starts both, `fixtures` gives them to tests, `python -m dataops_assets_tests.standins` to a shell. Where
they differ from the real services is written down in docs/stand-ins.md.
"""
