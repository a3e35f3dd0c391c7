"""A survey's weights fitted to known totals of the population, in each wave apart."""

import pandas as pd

from workbench.models.survey_calibration import calibrated, margins
from workbench.models.survey_design import Design
from workbench.study.survey_groups import codes_at
from workbench.study.survey_options import SurveyOptions
from workbench.terms.survey_table import SurveyTable
from workbench.terms.text import _
from workbench.terms.words import number

OF_ONE = 1e-6
"""Shares add up to 1, to this."""


def of_shares(options: SurveyOptions) -> bool:
    """Whether the known totals are shares, so that weights keep their sum."""
    return all(abs(sum(margin.values()) - 1) <= OF_ONE for margin in options.calibrate.values())


def calibrated_to(table: SurveyTable, design: Design, rows: pd.Index, options: SurveyOptions) -> Design:
    """The design with the known totals of the options, which all waves have alike.

    Parameters
    ----------
    table : SurveyTable
    design : Design
        Of `rows`, the respondents who have the weight.
    rows : Index
    options : SurveyOptions

    Returns
    -------
    Design

    Raises
    ------
    Refused
        For a dimension that the survey does not have.
    ModelError
        For totals that do not fit the respondents.
    """
    frame = table.frame.loc[rows]
    waves = frame["year"].astype(str) if "year" in frame else pd.Series("", index=rows)
    columns, totals = [], {}
    for wave, rows_of_wave in waves.groupby(waves).groups.items():
        groups = pd.DataFrame({name: codes_at(table, name).loc[rows_of_wave] for name in options.calibrate})
        known = {name: dict(margin) for name, margin in options.calibrate.items()}
        if of_shares(options):
            weighted = float(design.weights[rows.get_indexer(rows_of_wave)].sum())
            known = {name: {code: weighted * share for code, share in m.items()} for name, m in known.items()}
        part, of_part = margins(groups, known)
        columns.append(part.add_prefix(f"{wave} "))
        totals |= {f"{wave} {name}": total for name, total in of_part.items()}
    whole = pd.concat(columns, axis=1).reindex(rows).fillna(0.0)
    return calibrated(design, whole, totals, method=options.calibration)


def about_calibration(design: Design, options: SurveyOptions) -> list[str]:
    """What weights were fitted to, and how far that changed them."""
    if not options.calibrate:
        return []
    before = design.calibration.before
    some = before > 0
    change = design.weights[some] / before[some]
    message = _(
        "Weights were fitted to known totals of {margins} ({method}), in each wave: times {least} to {most}. Errors "
        "are of what these totals do not explain."
    )
    words = {"least": number(change.min()), "most": number(change.max())}
    return [message.format(margins=", ".join(options.calibrate), method=options.calibration, **words)]
