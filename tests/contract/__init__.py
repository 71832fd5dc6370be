"""Connectors against the platforms' own descriptions, where these are at hand."""
