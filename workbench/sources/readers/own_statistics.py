"""Files of SPSS and Stata: values by their labels, values that the user declared missing as missing."""

from pathlib import Path

import pandas as pd

from workbench.terms.entries import as_text
from workbench.terms.errors import NotAvailable, ReadError, shown
from workbench.terms.text import _


def statistics_file(file: Path, *, user_missing: bool = False) -> tuple[pd.DataFrame, object]:
    """The rows of a file of SPSS or Stata as they are written, and what pyreadstat says of its columns.

    Parameters
    ----------
    file : Path
        .sav, .zsav, .por or .dta.
    user_missing : bool
        Keep values that the file declares as missing; a .por file cannot tell.

    Returns
    -------
    DataFrame, object

    Raises
    ------
    NotAvailable
        Where pyreadstat is not installed, with the line to type.
    ReadError
        For a damaged or empty file.
    """
    try:
        import pyreadstat  # of the extra [surveys]; 0.2 s, and most sessions never open such a file
    except ImportError as error:
        message = _('Files of SPSS and Stata need the package pyreadstat: pip install "osh-workbench[surveys]".')
        raise NotAvailable(message) from error

    kind = file.suffix.lower()
    read = {".dta": pyreadstat.read_dta, ".por": pyreadstat.read_por}.get(kind, pyreadstat.read_sav)
    keep = {"user_missing": True} if user_missing and kind != ".por" else {}
    try:
        frame, about = read(str(file), **keep)
    except (pyreadstat.ReadstatError, ValueError) as fault:
        message = _("{name} is no file of SPSS or Stata, or a damaged one.")
        raise ReadError(message.format(name=shown(file.name))) from fault
    if frame.empty:
        raise ReadError(_("{name} has no rows.").format(name=shown(file.name)))
    return frame, about


def read_statistics(file: Path) -> tuple[pd.DataFrame, list[str]]:
    """The columns of a file of SPSS or Stata as categories, and what to say of them.

    Numbers that have labels (1 = "female") are read as their labels, which can be found in a code list; texts with
    labels ("F" = "Construction") are codes already and stay. A value that the file declares as missing is missing.

    Raises
    ------
    NotAvailable, ReadError
        As `statistics_file`.
    """
    frame, about = statistics_file(file)
    labelled = []
    for heading, labels in about.variable_value_labels.items():
        if pd.api.types.is_numeric_dtype(frame[heading]):
            frame[heading] = frame[heading].map(lambda value, labels=labels: labels.get(value, value)).astype(object)
            labelled.append(heading)
    notes = [_("Values taken by their labels: {columns}.").format(columns=", ".join(labelled))] if labelled else []
    columns = {heading: as_text(column) for heading, column in frame.items()}
    return pd.DataFrame(columns).set_axis(pd.RangeIndex(1, len(frame) + 1), axis=0), notes
