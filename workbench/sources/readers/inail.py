"""Accident records of INAIL (Italy), half-yearly and monthly: one row per notified accident, no identifiers."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.sources.readers.files import contents
from workbench.sources.readers.inail_layouts import NEEDED, SOMETIMES, Records, records
from workbench.sources.readers.values import Column, because, dates, decimals, keep_good, whole_numbers
from workbench.terms.ages import OLDEST
from workbench.terms.codes import MISSING, UNKNOWN, codelist
from workbench.terms.places import bundled
from workbench.terms.tables import Report
from workbench.terms.text import _, mark, translated
from workbench.terms.words import in_tens

ABOLISHED = {"104": "ITG2D", "105": "ITG2E", "106": "ITG2H", "107": "ITG2H"}
"""Sardinian provinces of 2005-2016 and the NUTS 3 region (2021) that has most of their territory now."""


def read_records(paths: Sequence[Path], report: Report) -> Iterator[pd.DataFrame]:
    """Batches of accident records from XML, semicolon CSV or JSON files, each plain, gzipped or inside a ZIP.

    Columns, one row per record (text unless told):
    nuts (NUTS 3, 2021), nace (division), sex, age (Int64, years), year (int64), month ("01" to "12"), weekday (1 Monday
    to 7), days_to_report (Int64, from the accident to the day INAIL filed the report) and reported_after, its bands,
    severity (FAT where DataMorte is filled, else NFAT), commuting (N at work, S commuting), decision (P N F I),
    death_recognised (P N I), management (I A S), compensation (NE TE CA RD RS), impairment (float64, percent),
    days_compensated (Int64), weight (float64, 1.0). Year and month are those of the accident. "UNK" stands for what
    INAIL leaves empty or writes as ND, X or -1; a death that did not happen is neither recognised nor refused: UNK.

    Parameters
    ----------
    paths : sequence of Path
        The publisher's files, as they are or packed.
    report : Report
        Where rows read, rejected and noted are counted.

    Yields
    ------
    DataFrame
        Some 20,000 records, columns as above.

    Raises
    ------
    ReadError
        When a file is not in one of INAIL's layouts.
    """
    seen: Counter = Counter()
    for path in paths:
        for name, stream, sample in contents(path, report):
            for piece in records(name, stream, sample, report):
                absent = [field for field in SOMETIMES if field not in piece.fields]
                if absent and piece.numbers:
                    report.note(
                        _("{name} has no {fields}: unknown for its records.").format(
                            name=name, fields=", ".join(absent)
                        )
                    )
                yield _tidy(piece, report, seen)
            if len(paths) > 1:
                report.note(_("{name} ends with record {last:,}.").format(name=name, last=report.rows_read))
    if seen["abolished"]:
        message = _(
            "Records that name a Sardinian province abolished in 2016 stand under the one that took it over: {count}."
        )
        report.note(message.format(count=in_tens(seen["abolished"])))
    if seen["filed"]:
        message = _(
            "The time to the report is unknown of records that were filed before their accident, or on no day of the "
            "calendar: {count}."
        )
        report.note(message.format(count=in_tens(seen["filed"])))
    if seen["nowhere"]:
        message = _("The region is unknown of records that name no province, or one that ISTAT does not list: {count}.")
        report.note(message.format(count=in_tens(seen["nowhere"])))


def _tidy(read: Records, report: Report, seen: Counter) -> pd.DataFrame:
    """One batch in the common columns, without the records that have a fault; the first fault of each is reported."""
    fields = {name: _Field(read.column(name)) for name in (*NEEDED, *SOMETIMES)}
    accident, death, filed = (fields[name].dates() for name in ("DataAccadimento", "DataMorte", "DataProtocollo"))
    numbers = {name: fields[name].numbers(reader, most) for name, (reader, most) in _NUMBERS.items()}
    codes = {column: fields[name].coded(meaning) for column, (name, meaning, _reason) in _CODES.items()}

    not_a_date = _("not a date (dd/mm/yyyy)")
    unlikely = (accident < _EARLIEST) | (accident > np.datetime64("now"))
    faults = [
        ("DataAccadimento", because(np.isnat(accident), not_a_date)),
        ("DataAccadimento", because(unlikely, _("before 1950 or in the future"))),
        ("DataMorte", because(np.isnat(death) & ~fields["DataMorte"].meant(_is_missing, bool), not_a_date)),
        ("DataMorte", because(death < accident, _("earlier than the accident"))),
        *((name, reasons) for name, (_values, reasons) in numbers.items()),
        *((name, because(codes[column] == "", translated(why))) for column, (name, _meaning, why) in _CODES.items()),
    ]
    good = keep_good(report, read.numbers, faults)

    seen["abolished"] += int(
        (good & fields["LuogoAccadimento"].meant(lambda text: text.zfill(3) in ABOLISHED, bool)).sum()
    )
    seen["nowhere"] += int((good & (codes["nuts"] == UNKNOWN)).sum())
    month = accident[good].astype("datetime64[M]").astype("int64")
    day = accident[good].astype("datetime64[D]").astype("int64")
    waited = _days_between(accident[good], filed[good])
    unusable = ~fields["DataProtocollo"].meant(_is_missing, bool)[good] & np.isnan(waited)
    seen["filed"] += int(unusable.sum())
    text = {column: values[good] for column, values in codes.items()}
    return pd.DataFrame(
        {
            "nuts": text["nuts"],
            "nace": text["nace"],
            "sex": text["sex"],
            "age": _whole(numbers["Eta"][0][good]),
            "year": 1970 + month // 12,
            "month": pd.Series(_MONTHS[month % 12], dtype="str"),
            "weekday": pd.Series(_WEEKDAYS[(day + 3) % 7], dtype="str"),  # 1 January 1970 was a Thursday
            "days_to_report": _whole(waited),
            "reported_after": pd.Series(_BANDS[np.searchsorted(_BAND_ENDS, waited)], dtype="str"),
            "severity": pd.Series(np.where(np.isnat(death[good]), "NFAT", "FAT").astype(object), dtype="str"),
            **{
                column: text[column]
                for column in ("commuting", "decision", "death_recognised", "management", "compensation")
            },
            "impairment": numbers["GradoMenomazione"][0][good],
            "days_compensated": _whole(numbers["GiorniIndennizzati"][0][good]),
            "weight": np.ones(int(good.sum())),
        }
    )


def _days_between(accident: np.ndarray, filed: np.ndarray) -> np.ndarray:
    """Days from the accident to the report as float64; NaN where the report has no day, or one before the accident."""
    days = (filed.astype("datetime64[D]") - accident.astype("datetime64[D]")) / np.timedelta64(1, "D")
    return np.where(days < 0, np.nan, days)


class _Field:
    """One field of a batch of records; every different text is looked at once."""

    def __init__(self, texts: list[str | None]):
        encoded = pa.array(texts, pa.string()).dictionary_encode(null_encoding="encode")
        self._places = encoded.indices.to_numpy()
        self._different = [(text or "").strip() for text in encoded.dictionary.to_pylist()]

    def meant(self, meaning: Callable[[str], object], dtype: type) -> np.ndarray:
        """What each text means."""
        return np.array([meaning(text) for text in self._different], dtype=dtype)[self._places]

    def coded(self, meaning: Callable[[str], str]) -> pd.api.extensions.ExtensionArray:
        """The code that each text means."""
        return pd.Series([meaning(text) for text in self._different], dtype="str").array.take(self._places)

    def numbers(self, reader: Callable, most: float) -> tuple[np.ndarray, np.ndarray]:
        """The numbers from 0 to `most` (NaN where missing), and why a text is not one ("" where it is one)."""
        texts = pd.Series(["" if _is_missing(text) else text for text in self._different], dtype="str")
        column = reader(texts, most=most)
        reasons = because(column.faults != "", _("not a number from 0 to {most}").format(most=most))
        parts = (column.faults != "") & texts.str.fullmatch(r"[0-9]+[.,][0-9]+") & (reader is whole_numbers)
        reasons[parts] = _("not a whole number")
        return column.values.to_numpy()[self._places], reasons[self._places]

    def dates(self) -> np.ndarray:
        """datetime64[s]; NaT where there is no date written dd/mm/yyyy."""
        return dates(pd.Series(self._different, dtype="str"), "%d/%m/%Y").to_numpy()[self._places]


def _is_missing(text: str) -> bool:
    return text.upper() in MISSING


def _whole(numbers: np.ndarray) -> pd.api.extensions.ExtensionArray:
    return pd.array(numbers, dtype="Int64")


def _percent(texts: pd.Series, *, most: float) -> Column:
    """INAIL writes degrees of impairment with a decimal comma."""
    return decimals(texts.str.replace(",", "."), most=most)


def _province(text: str) -> str:
    """NUTS 3 of an ISTAT province code, written with or without its leading zeros."""
    if _is_missing(text):
        return UNKNOWN
    if not re.fullmatch(r"\d{1,3}", text):
        return ""
    return (_provinces() | ABOLISHED).get(text.zfill(3), UNKNOWN)


@cache
def _provinces() -> dict[str, str]:
    with (bundled("catalogs") / "codelists" / "istat_province_nuts3.csv").open(encoding="utf-8", newline="") as rows:
        return {row["istat_province"]: row["nuts3_2021"] for row in csv.DictReader(rows)}


def _activity(text: str) -> str:
    """NACE division of an ATECO section and division such as "N 81"; "ND" is missing, never section N."""
    if _is_missing(text):
        return UNKNOWN
    if not re.fullmatch(r"[A-U](\s?\d\d)?", text):
        return ""
    nace = codelist("nace")
    return nace.parse(text) if nace.knows(text) else ""


def _listed(name: str) -> Callable[[str], str]:
    """The codes of a flat list, as INAIL writes them."""
    return lambda text: UNKNOWN if _is_missing(text) else text if text in codelist(name).labels else ""


def _compensation(text: str) -> str:
    return UNKNOWN if _is_missing(text) else text if text in {"NE", "TE", "CA", "RD", "RS"} else ""


_EARLIEST = np.datetime64("1950-01-01")
_MONTHS = np.array([f"{month:02}" for month in range(1, 13)], dtype=object)
_WEEKDAYS = np.array([*"1234567"], dtype=object)
_BAND_ENDS = np.array([2, 7, 30, 90, np.inf])
_BANDS = np.array(["D0-2", "D3-7", "D8-30", "D31-90", "D_GE91", UNKNOWN], dtype=object)  # NaN sorts after all numbers
_NUMBERS = {
    "Eta": (whole_numbers, OLDEST),
    "GiorniIndennizzati": (whole_numbers, 100_000),
    "GradoMenomazione": (_percent, 100),
}
"""INAIL's field, how its numbers are read, and the largest that can be."""
_CODES: dict[str, tuple[str, Callable[[str], str], str]] = {
    "nuts": ("LuogoAccadimento", _province, mark("not an ISTAT province of three digits")),
    "nace": ("SettoreAttivitaEconomica", _activity, mark("not an ATECO section and division such as 'C 23'")),
    "sex": ("Genere", _listed("sex"), mark("not M or F")),
    "commuting": ("ModalitaAccadimento", _listed("commuting"), mark("not N (at work) or S (commuting)")),
    "decision": ("DefinizioneAmministrativa", _listed("decision"), mark("not P, N, F or I")),
    "death_recognised": ("DefinizioneAmministrativaEsitoMortale", _listed("death_recognised"), mark("not P, N or I")),
    "management": ("Gestione", _listed("management"), mark("not I, A or S")),
    "compensation": ("Indennizzo", _compensation, mark("not NE, TE, CA, RD or RS")),
}
"""Column: INAIL's field, what its text means ("" for a fault), the reason given for a fault."""
