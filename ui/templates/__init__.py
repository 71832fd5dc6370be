"""Saved replies: kept in folders, in several languages and wordings."""
