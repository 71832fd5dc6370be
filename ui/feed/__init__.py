"""The feed: who must be answered next."""
