"""Where data come from: the catalogue, the ways to its files, and a reader for each publisher's layout."""
