"""One module for each layout of recordings: phones, wristbands, insoles, and tables described by a small YAML file."""
