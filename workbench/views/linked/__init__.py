"""Linked views: from a finding to what the screen draws, a module for each kind of picture."""
