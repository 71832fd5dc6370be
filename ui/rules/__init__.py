"""Priorities and rules: what moves a message, a person's own rules, and VIPs. `dialog` brings the judging along."""
