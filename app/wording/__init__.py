"""The words of replies: templates and their fields, wordings, likeness and files. Pure: no store, no network."""
