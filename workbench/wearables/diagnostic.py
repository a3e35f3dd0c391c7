"""A diagnostic table: trials with and without an event, against what a detector said of each."""

from dataclasses import dataclass

import pandas as pd

from workbench.models.intervals import proportion_limits


@dataclass(frozen=True, kw_only=True)
class DiagnosticTable:
    """Trials by what they were and by what was said of them.

    Trials of one person are alike, and a trial has no length: recall with its clustered interval and false alarms per
    hour (`evidence.performance`) tell more of a detector that people wear.

    Attributes
    ----------
    found, missed : trials with an event, told and not told
    false_alarms, quiet : trials without one, told and not told
    """

    found: int
    missed: int
    false_alarms: int
    quiet: int

    def shares(self, *, level: float = 0.95, method: str = "wilson") -> pd.DataFrame:
        """Sensitivity, specificity, predictive values and accuracy.

        Altman & Bland (1994), Br. Med. J. 308:1552 and 309:102. Predictive values hold for the share of events among
        these trials alone.

        Parameters
        ----------
        level : of the intervals
        method : "wilson", or "exact" for few trials

        Returns
        -------
        DataFrame
            A row for each of sensitivity, specificity, positive_predictive, negative_predictive, accuracy: value, low,
            high (0 to 1; missing where there is no trial).
        """
        parts = pd.DataFrame(
            {
                "sensitivity": (self.found, self.found + self.missed),
                "specificity": (self.quiet, self.quiet + self.false_alarms),
                "positive_predictive": (self.found, self.found + self.false_alarms),
                "negative_predictive": (self.quiet, self.quiet + self.missed),
                "accuracy": (self.found + self.quiet, self.found + self.missed + self.false_alarms + self.quiet),
            },
            index=["counts", "trials"],
        ).T
        low, high = proportion_limits(parts["counts"], parts["trials"], level=level, method=method)
        value = parts["counts"] / parts["trials"].where(parts["trials"] > 0)
        return pd.DataFrame({"value": value, "low": low, "high": high})
