"""One module per publisher's layout: files in, tidy rows in the common columns and one report of every fault out."""
