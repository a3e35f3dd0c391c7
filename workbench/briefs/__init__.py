"""Briefs: a notebook and parameters in, a page out whose every figure is bound to what it was computed from."""
