"""The .edsc file format: ``schema`` declares it, SPEC.md explains it."""
