"""Tests against real servers on loopback, which the tests start themselves."""
