"""Requests and rows per second of the gateway, beside a bare echo, a bare round trip with a commit, and another server."""
