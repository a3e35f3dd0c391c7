"""The synthetic twin: invented accident records with the margins, codes and rules of ESAW, and with known truths."""

from workbench.twin.cells import draw_cells
from workbench.twin.generate import synthesise

__all__ = ["draw_cells", "synthesise"]
