"""The window: Qt Widgets. No SQL, no HTTP, no rules."""
