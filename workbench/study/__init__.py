"""One question end to end; the only layer where data access meets models. Every answer is a `Finding`."""
