"""How each card is read and used, in plain sentences: what it shows, its marks and signs, the mouse, the keyboard."""

from workbench.terms.text import _


def reading() -> dict:
    """What the help of the cards says; a screen gets it once, and shows of it what its charts have.

    Returns
    -------
    dict
        `title` of a help; `views` by view; `marks` by kind of picture; `signs` by what can occur in it; `mouse` and
        `keyboard` by kind; `inert` where nothing can be chosen; `table`, the other way to the figures.
    """
    return {
        "title": _("How to read: {title}"),
        "views": _views(),
        "marks": _marks(),
        "signs": _signs(),
        "mouse": _mouse(),
        "keyboard": _keyboard(),
        "inert": _("Nothing can be chosen in this chart. By keyboard: Tab to the chart, arrow keys read each value."),
        "table": _("All figures of this chart are in the table at the foot of the page."),
    }


def _views() -> dict[str, str]:
    return {
        "place": _("This map compares regions."),
        "time": _("This chart follows the figure from year to year."),
        "groups": _("This chart compares groups, such as sectors."),
        "people": _("This chart compares women and men of each age."),
        "severity": _("This chart compares fatal accidents with less severe ones."),
        "days": _("This chart shows how many days of work the accidents cost."),
        "size": _("This chart compares small and large enterprises."),
        "hours": _("This chart shows on which days and at which hours accidents happen."),
        "causes": _(
            "This chart shows how accidents happen. From left to right: what the person did, what went wrong, and "
            "what caused the injury."
        ),
        "model": _("This chart compares groups as if they were alike in all other terms of the model."),
    }


def _marks() -> dict[str, str]:
    return {
        "map": _("The colour of a region stands for its figure. The key says which colour means what."),
        "circles": _("The area of a circle stands for the number that was counted in its region."),
        "map_ratio": _("The colour compares a region with all the others. A ratio of 1 means the same rate."),
        "line": _("Each dot is the figure of a year."),
        "rows": _("Each dot is the figure of a group. The number on the right says the same."),
        "rows_ratio": _(
            "Each dot is a ratio of rates. On the dashed line both rates are the same. Right of it the rate is "
            "higher, left of it lower."
        ),
        "cells": _("The colour of a cell stands for its figure. The key says which colour means what."),
        "flow": _("The wider a stream is, the more accidents took that way."),
    }


def _signs() -> dict[str, str]:
    return {
        "interval": _(
            "The line through a dot is its interval. In 95 of 100 such cases it holds the true value. Where two "
            "intervals overlap, the difference may be chance."
        ),
        "fit": _("The long dashed line is the trend. The band around it is its interval."),
        "break": _("An upright dashed line marks a change in how accidents are counted. Do not compare across it."),
        "provisional": _("The last hollow dots are provisional: these figures may still change."),
        "other": _("What is grey and dotted is the selection that this one is compared with."),
        "faint": _("Paler means that the interval holds 1. The difference may be chance."),
        "unreliable": _("Hatched or hollow means under 10 records. Chance moves such a figure a lot."),
        "withheld": _("Dotted means withheld. So few persons could be recognised."),
        "missing": _("Plain grey means that there is no figure. Not all that it needs is in the source."),
        "zero": _("White or hollow at 0 means that none were recorded."),
        "outside": _("An outline alone means that the region is not in this answer."),
    }


def _mouse() -> dict[str, str]:
    several = _(
        "With the mouse: click a mark to see it alone in all charts. Hold Shift to add more, or drag across several. "
        "Double-click to show all again."
    )
    return {
        "map": _(
            "With the mouse: click a region to see it alone in all charts. Hold Shift to add more, or hold Shift and "
            "drag across several. Double-click to show all again. Drag to move the map."
        ),
        "flow": _(
            "With the mouse: click a box to see its accidents alone in all charts. Hold Shift to add more. "
            "Double-click to show all again."
        ),
        **dict.fromkeys(("line", "rows", "cells"), several),
    }


def _keyboard() -> dict[str, str]:
    others = _(
        "By keyboard: Tab to the chart, then arrow keys read each value. Enter chooses it, Shift and Enter adds it. "
        "Escape shows all again."
    )
    return {
        "map": _(
            "By keyboard: Tab to the map, then arrow keys read each value. Enter chooses it, Shift and Enter adds it. "
            "Escape shows all again. The keys + and - zoom."
        ),
        **dict.fromkeys(("line", "rows", "cells", "flow"), others),
    }
