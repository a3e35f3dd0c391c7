"""Screens: pickers that hold a question, and an explorer of linked views that answer it."""
