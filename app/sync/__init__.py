"""Reading the platforms: one account's pull, and the schedule that calls it."""
