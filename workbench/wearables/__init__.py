"""Wearables: recordings in, exposure, events and alerts of a group out, with consent first."""
