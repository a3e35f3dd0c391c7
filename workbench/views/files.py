"""Files of a view: its table, and a zip with all that is needed to check and to cite it."""

import base64
import io
import re
import zipfile
from collections.abc import Mapping

from workbench.study.finding import Finding

PNG = "chart.png"
LONGEST = 80
"""Characters of a file's name."""


def file_name(*parts: str) -> str:
    """A name for a file: letters, digits and hyphens.

    Parameters
    ----------
    parts : texts

    Returns
    -------
    str
    """
    return re.sub(r"[^A-Za-z0-9]+", "-", "-".join(parts)).strip("-")[:LONGEST]


def csv_file(finding: Finding, name: str) -> dict:
    """The table of a view as the screen takes a file.

    Parameters
    ----------
    finding : Finding
    name : str
        Without its ending.

    Returns
    -------
    dict
        kind, name, mime and the content in base64.
    """
    text = finding.to_csv()
    finding.permit("csv", text)
    return _file(f"{name}.csv", "text/csv", text.encode("utf-8"))


def zip_file(finding: Finding, name: str, pictures: Mapping[str, str]) -> dict:
    """A view as a zip: data, metadata, README with citation, licence and date of access, question, BibTeX, pictures.

    Parameters
    ----------
    finding : Finding
    name : str
        Without its ending.
    pictures : mapping of str to str
        As the screen has drawn them: chart.svg as text, chart.png in base64.

    Returns
    -------
    dict
        kind, name, mime and the content in base64.
    """
    contents = finding.package()
    drawings = [drawn for path, drawn in pictures.items() if path != PNG]
    finding.permit("zip", "\n".join([*contents.values(), *drawings]))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as pack:
        for path, text in contents.items():
            pack.writestr(path, text)
        for path, drawn in pictures.items():
            if drawn:
                pack.writestr(path, base64.b64decode(drawn) if path == PNG else drawn)
    return _file(f"{name}.zip", "application/zip", packed.getvalue())


def _file(name: str, mime: str, content: bytes) -> dict:
    return {"kind": "file", "name": name, "mime": mime, "base64": base64.b64encode(content).decode("ascii")}
