"""The model widgets by name: rates, trends, regressions and funnels to be touched, under a picker or a selection."""

from collections.abc import Sequence

import ipywidgets
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.regression import FAMILIES
from workbench.study.interventions import listed_interventions
from workbench.study.own_table import Table
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.kinds import checked
from workbench.terms.text import _, capital
from workbench.views.model_widget import (
    Models,
    ModelWidget,
    ReferenceMenus,
    Sliders,
    Toggles,
    dimensions_menu,
    dimensions_of,
    level_menu,
)
from workbench.views.picker import Picker
from workbench.views.threshold import ThresholdSlider

STRATA = ("nace1", "age_group", "sex")
"""What rates are standardised by, where the cube has it."""
MOST_JOINPOINTS = 3
MOST_DAYS = 50_000


class Widgets:
    """Models to be touched: `wb.widgets.trend(picker)`, or all four under one picker, `wb.widgets(picker)`.

    Each is an ipywidget with `.finding`, `.selection`, `.controls` and `.code`, the Python that finds the same again.
    """

    @checked
    def __call__(self, source: str | Cube | Table | Picker, selection: Selection | None = None) -> Models:
        """All four, each in a tab.

        Parameters
        ----------
        source : entry of the catalogue, a cube, a table of one's own, or a picker that says what is asked for
        selection : what is asked for, where there is no picker

        Returns
        -------
        Models
            An ipywidgets.Tab; the tab that is open answers.
        """
        kinds = {
            _("Rates"): ("rates", _of_rates),
            _("Trend"): ("trend", _of_trend),
            _("Regression"): ("regression", _of_regression),
            _("Funnel"): ("funnel", _of_funnel),
        }
        made = {
            title: ModelWidget(question, source, selection, controls, on_screen=False)
            for title, (question, controls) in kinds.items()
        }
        return Models(made)

    @checked
    def rates(self, source: str | Cube | Table | Picker, selection: Selection | None = None) -> ModelWidget:
        """Rates by group: by what, standardised by what, at which level.

        Parameters
        ----------
        source : entry of the catalogue, a cube, a table of one's own, or a picker that says what is asked for
        selection : what is asked for first; of a picker its own unless given

        Returns
        -------
        ModelWidget
        """
        return ModelWidget("rates", source, selection, _of_rates)

    @checked
    def trend(self, source: str | Cube | Table | Picker, selection: Selection | None = None) -> ModelWidget:
        """The rate by year with its annual percent change: with how many joinpoints, standardised by what.

        Parameters
        ----------
        source : entry of the catalogue, a cube, a table of one's own, or a picker that says what is asked for
        selection : what is asked for first; of a picker its own unless given

        Returns
        -------
        ModelWidget
        """
        return ModelWidget("trend", source, selection, _of_trend)

    @checked
    def regression(self, source: str | Cube | Table | Picker, selection: Selection | None = None) -> ModelWidget:
        """Rate ratios: of which terms, against which groups, of which family.

        Parameters
        ----------
        source : entry of the catalogue, a cube, a table of one's own, or a picker that says what is asked for
        selection : what is asked for first; of a picker its own unless given

        Returns
        -------
        ModelWidget
        """
        return ModelWidget("regression", source, selection, _of_regression)

    @checked
    def priorities(self, source: str | Cube | Table | Picker, selection: Selection | None = None) -> ModelWidget:
        """Where to look first: a slider for the weight of each criterion, and how many groups are the first.

        Parameters
        ----------
        source : entry of the catalogue, a cube, a table of one's own, or a picker that says what is asked for
        selection : what is asked for first; of a picker its own unless given

        Returns
        -------
        ModelWidget
        """
        return ModelWidget("priorities", source, selection, _of_priorities)

    @checked
    def programme(self, source: str | Cube | Table | Picker, selection: Selection | None = None) -> ModelWidget:
        """A programme within inspector-days: a slider for the days, and which interventions are done.

        Parameters
        ----------
        source : entry of the catalogue, a cube, a table of one's own, or a picker that says what is asked for
        selection : what is asked for first; of a picker its own unless given

        Returns
        -------
        ModelWidget
        """
        return ModelWidget("programme", source, selection, _of_programme)

    @checked
    def funnel(self, source: str | Cube | Table | Picker, selection: Selection | None = None) -> ModelWidget:
        """Observed over expected accidents of groups, against the limits of chance.

        Parameters
        ----------
        source : entry of the catalogue, a cube, a table of one's own, or a picker that says what is asked for
        selection : what is asked for first; of a picker its own unless given

        Returns
        -------
        ModelWidget
        """
        return ModelWidget("funnel", source, selection, _of_funnel)

    def threshold(self, curve: pd.DataFrame, unit: str = "") -> ThresholdSlider:
        """A detector's threshold on a slider: falls missed, alarms in a worker-week, share of them that is true.

        Parameters
        ----------
        curve : what each threshold does, such as `wb.recording(purpose="evaluation").trade_off()`
        unit : of the threshold

        Returns
        -------
        ThresholdSlider
        """
        return ThresholdSlider(curve, unit)


def _of_rates(cube: Cube) -> dict[str, ipywidgets.Widget]:
    return {
        "by": dimensions_menu(cube, _("Divide by"), ["nace1"]),
        "standard": dimensions_menu(cube, _("Standard"), [], only=STRATA),
        "level": level_menu(),
    }


def _of_trend(cube: Cube) -> dict[str, ipywidgets.Widget]:
    numbers = [
        (_("a straight line"), 0),
        *((_("at most {n}").format(n=n), n) for n in range(1, MOST_JOINPOINTS + 1)),
    ]
    return {
        "joinpoints": ipywidgets.Dropdown(options=numbers, value=0, description=_("Joinpoints")),
        "standard": dimensions_menu(cube, _("Standard"), [], only=STRATA),
        "level": level_menu(),
    }


def _of_regression(cube: Cube) -> dict[str, ipywidgets.Widget]:
    terms = dimensions_menu(cube, _("Terms"), ["sex", "age_group"])
    return {
        "terms": terms,
        "family": ipywidgets.Dropdown(options=list(FAMILIES), value="quasi-poisson", description=_("Family")),
        "level": level_menu(),
        "references": ReferenceMenus(cube, terms),
    }


def _of_priorities(cube: Cube) -> dict[str, ipywidgets.Widget]:
    return {
        "by": _groups_menu(cube, ("nace1", "nuts2", "nuts0")),
        "weights": Sliders(
            {"rate": _("Rate"), "people": _("People"), "fatal": _("Share of fatal")}, on=("rate", "people")
        ),
        "top": ipywidgets.IntSlider(10, 1, 30, description=_("The first"), continuous_update=False),
    }


def _of_programme(cube: Cube) -> dict[str, ipywidgets.Widget]:
    names = [(name, name) for name in listed_interventions()]
    return {
        "by": _groups_menu(cube, ("nace1", "nuts2", "nuts0")),
        "days": ipywidgets.IntSlider(
            4_000, MOST_DAYS // 100, MOST_DAYS, MOST_DAYS // 100, description=_("Days"), continuous_update=False
        ),
        "interventions": Toggles(_("Done"), names, ["inspection"]),
    }


def _groups_menu(cube: Cube, first: Sequence[str]) -> ipywidgets.Dropdown:
    """One dimension to divide by; the first of those named that the cube has."""
    names = {capital(DIMENSIONS[name].label): name for name in dimensions_of(cube)}
    chosen = next((name for name in first if name in names.values()), next(iter(names.values())))
    return ipywidgets.Dropdown(options=names, value=chosen, description=_("Groups"))


def _of_funnel(cube: Cube) -> dict[str, ipywidgets.Widget]:
    return {
        "by": _groups_menu(cube, ("nuts2", "nuts0", "nace1")),
        "standard": dimensions_menu(cube, _("Standard"), [], only=STRATA),
        "level": level_menu(),
    }


widgets = Widgets()
"""The one that `wb.widgets` is."""
