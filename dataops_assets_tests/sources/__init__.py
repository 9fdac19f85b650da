"""Tests of the sources and of the demo's source systems: real servers, databases and files."""
