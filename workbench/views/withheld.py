"""What is said of a figure that is withheld when it is touched: the rule, and the nearest question that shows one."""

from workbench.study.finding import Finding
from workbench.study.why import Why


def reason_of(finding: Finding, key: tuple[str, ...]) -> Why | None:
    """Why the figure of a mark is withheld.

    Parameters
    ----------
    finding : Finding
    key : tuple of str
        Codes of the mark, as a page sends them.

    Returns
    -------
    Why or None
        None where there is nothing withheld at that mark.
    """
    by = list(finding.by)
    if not finding.withheld or not by or len(key) != len(by):
        return None
    frame = finding.frame
    rows = frame.loc[frame["state"].eq("withheld"), by]
    for name, code in zip(by, key, strict=True):  # each leaves fewer rows to compare
        rows = rows[rows[name].astype(str) == code]
    return finding.why(tuple(rows.iloc[0])) if len(rows) else None
