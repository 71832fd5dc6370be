"""Carelane's core: everything but the window. Runs headless and never imports Qt."""

__version__ = "0.1.0"
