"""Files of SPSS and Stata: values by their labels, values that the user declared missing as missing."""

from pathlib import Path

import pandas as pd

from workbench.terms.entries import as_text
from workbench.terms.errors import ReadError, shown
from workbench.terms.text import _


def read_statistics(file: Path) -> tuple[pd.DataFrame, list[str]]:
    """The columns of a file of SPSS or Stata as categories, and what to say of them.

    Numbers that have labels (1 = "female") are read as their labels, which can be found in a code list; texts with
    labels ("F" = "Construction") are codes already and stay. A value that the file declares as missing is missing.

    Raises
    ------
    ReadError
        For a damaged file.
    """
    import pyreadstat  # 0.2 s, and most sessions never open such a file

    read = {".dta": pyreadstat.read_dta, ".por": pyreadstat.read_por}.get(file.suffix.lower(), pyreadstat.read_sav)
    try:
        frame, about = read(str(file))
    except (pyreadstat.ReadstatError, ValueError) as fault:
        message = _("{name} is no file of SPSS or Stata, or a damaged one.")
        raise ReadError(message.format(name=shown(file.name))) from fault
    if frame.empty:
        raise ReadError(_("{name} has no rows.").format(name=shown(file.name)))

    labelled = []
    for heading, labels in about.variable_value_labels.items():
        if pd.api.types.is_numeric_dtype(frame[heading]):
            frame[heading] = frame[heading].map(lambda value, labels=labels: labels.get(value, value)).astype(object)
            labelled.append(heading)
    notes = [_("Values taken by their labels: {columns}.").format(columns=", ".join(labelled))] if labelled else []
    columns = {heading: as_text(column) for heading, column in frame.items()}
    return pd.DataFrame(columns).set_axis(pd.RangeIndex(1, len(frame) + 1), axis=0), notes
