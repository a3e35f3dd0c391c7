"""The workshop: answers that are checked, the machine that is checked, and the page that needs neither."""

from workbench.workshop.answers import check

__all__ = ["check"]
