"""A local Modal: its control plane, input plane and blob store, for tests on loopback.

Callers speak to it with the real protocol (`modal_proto` of the PyPI wheel `modal`), apps are
deployed to it by the real client library, and functions run in containers that are local processes
of Modal's own runtime (`python -m modal._container_entrypoint`). What a function answers is
computed by that function; nothing here knows it.
"""
