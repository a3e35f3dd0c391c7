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
    frame, by = finding.frame, list(finding.by)
    if not by or len(key) != len(by):
        return None
    withheld = frame[frame["state"].eq("withheld")]
    rows = withheld[(withheld[by].astype(str) == list(key)).all(axis=1)]
    return finding.why(tuple(rows[by].iloc[0])) if len(rows) else None
