"""The SQLite database on the person's own disk. One file per subject; the database comes first in every call."""
