"""Files that ship with the program: icons, styles, fonts, translations, practice data."""
