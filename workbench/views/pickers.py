"""The pickers by name: each alone in a notebook cell, next to any other ipywidget, or in a Panel layout."""

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.study.data import cube as cube_of
from workbench.study.own_table import Table
from workbench.terms.kinds import checked
from workbench.views.chooser import Chooser
from workbench.views.picker import Picker


class Pickers:
    """What a person touches to say which accidents: `wb.pickers.region(cube)`, or all in one, `wb.pickers(cube)`.

    A picker is an ipywidget: `.selection` is what is chosen, `.observe(f, names="selection")` follows it, and it stands
    in an `HBox`, an `interactive_output`, a `jslink` (by its `value`) or a Panel layout. Pickers share one selection
    with `traitlets.link((one, "selection"), (other, "selection"))`.
    """

    @checked
    def __call__(self, source: str | Cube | Table, selection: Selection | None = None) -> Picker:
        """All pickers of a cube in one, with one selection; also `wb.pickers.all`.

        Parameters
        ----------
        source : entry of the catalogue, a cube, or a table of one's own
        selection : what is chosen first; None for everything

        Returns
        -------
        Picker
        """
        return self._picker(source, selection)

    all = __call__

    @checked
    def region(self, source: str | Cube | Table, selection: Selection | None = None) -> Picker:
        """Countries and regions: a tree of NUTS, found by name or code, at one level at a time.

        Parameters
        ----------
        source : entry of the catalogue, a cube, or a table of one's own
        selection : what is chosen first; what it asks for in other dimensions stays, and narrows the counts

        Returns
        -------
        Picker
            Its `picked` are the codes of the regions: a linked map reads and sets them.

        Raises
        ------
        Refused
            When the data are not divided by region.
        """
        return self._picker(source, selection, "region")

    @checked
    def sector(self, source: str | Cube | Table, selection: Selection | None = None) -> Picker:
        """Sectors of NACE, divisions under their sections, with industry, all production and services in one touch.

        Parameters
        ----------
        source : entry of the catalogue, a cube, or a table of one's own
        selection : what is chosen first; what it asks for in other dimensions stays, and narrows the counts

        Returns
        -------
        Picker

        Raises
        ------
        Refused
            When the data are not divided by sector.
        """
        return self._picker(source, selection, "sector")

    @checked
    def demographics(self, source: str | Cube | Table, selection: Selection | None = None) -> Picker:
        """Sex, age, employment status, nationality, occupation and size of the enterprise, those that the data have.

        Parameters
        ----------
        source : entry of the catalogue, a cube, or a table of one's own
        selection : what is chosen first; what it asks for in other dimensions stays, and narrows the counts

        Returns
        -------
        Picker

        Raises
        ------
        Refused
            When the data have none of them.
        """
        return self._picker(source, selection, "demographics")

    @checked
    def years(self, source: str | Cube | Table, selection: Selection | None = None) -> Picker:
        """First and last year, with the years marked from which the source counts differently.

        Parameters
        ----------
        source : entry of the catalogue, a cube, or a table of one's own
        selection : what is chosen first; what it asks for in other dimensions stays, and narrows the counts

        Returns
        -------
        Picker

        Raises
        ------
        Refused
            When the data have no years.
        """
        return self._picker(source, selection, "years")

    @checked
    def severity(self, source: str | Cube | Table, selection: Selection | None = None) -> Picker:
        """Fatal and non-fatal accidents, by days lost where the data have them.

        Parameters
        ----------
        source : entry of the catalogue, a cube, or a table of one's own
        selection : what is chosen first; what it asks for in other dimensions stays, and narrows the counts

        Returns
        -------
        Picker

        Raises
        ------
        Refused
            When the data are not divided by severity.
        """
        return self._picker(source, selection, "severity")

    @checked
    def causes(self, source: str | Cube | Table, selection: Selection | None = None) -> Picker:
        """The chain of causes: where, doing what, what went wrong, what hurt, and the injury, those that the data have.

        Parameters
        ----------
        source : entry of the catalogue, a cube, or a table of one's own
        selection : what is chosen first; what it asks for in other dimensions stays, and narrows the counts

        Returns
        -------
        Picker

        Raises
        ------
        Refused
            When the data have no causes.
        """
        return self._picker(source, selection, "causes")

    def _picker(self, source: str | Cube | Table, selection: Selection | None, *parts: str) -> Picker:
        return Picker(Chooser.of(cube_of(source), parts), selection)


pickers = Pickers()
"""The one that `wb.pickers` is."""
