"""Small valid files of every reader, and ways to break them: bytes, lines, columns, cells, members, types."""

import io
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import openpyxl
import pandas as pd

from tests.sources.readers.conftest import Inail
from workbench import esaw
from workbench.sources.readers import (
    esaw_rows,
    esener,
    eurostat,
    inail,
    inail_regions,
    spain_atr,
    spain_epa,
    synthetic,
    wristband,
)

NASTY = (
    *(
        "",
        " ",
        "-",
        ":",
        "-9999999",
        "-5",
        "1e400",
        "inf",
        "-inf",
        "nan",
        "NaN",
        "9.012",
        "1,234.5",
        "17,9",
        "-0",
        "0x10",
    ),
    *("1" * 5_000, "1" * 400, "1_000", "٣", "９", "2018.75", "2019-Q1", "99999999999999999999", "True", "None", "null"),
    *(
        "UNK",
        "TOTAL",
        "T",
        "EU27_2020",
        "ITH1+ITH2",
        "GR",
        "FRB0",
        "FRY9",
        "X",
        "-1",
        "ND",
        "Y0-49999999",
        "Y_GE55",
        "C10",
    ),
    *(
        "31/02/2021",
        "2019-13-45",
        "01/01/0001",
        "99/99/9999",
        "\x1b[31mred\x1b[0m",
        "\u202eabc",
        "\x00",
        "=1+1",
        "@C",
        "b@N",
    ),
    *(
        '"',
        '""',
        '"a',
        "'",
        ",",
        ";",
        "\t",
        "\\",
        "a" * 70_000,
        "{",
        "[" * 3_000,
        "<",
        "&x;",
        "]]>",
        "<![CDATA[",
        "\ufeff",
    ),
)
ESAW = [
    "20230000123",
    "4120",
    "71",
    "34",
    "1",
    "021",
    "53",
    "ITI43",
    "20230214",
    "09",
    "2",
    "1",
    "311",
    "017",
    "1",
    "021",
    "22",
    "41",
    "0000",
    "33",
    "1401",
    "42",
    "1401",
    "001000000",
]


@dataclass(frozen=True)
class Seed:
    """A valid file and the reader that takes it."""

    name: str
    content: bytes
    read: Callable
    separator: str = ","
    packed: bool = False  # a ZIP file whose members are broken one by one
    anew: Callable[[random.Random], bytes] | None = None  # the file made again with one value of its own changed

    def broken(self, chance: random.Random) -> bytes:
        """The file with one to three things changed."""
        content = self.content if self.anew is None or chance.random() < 0.4 else self.anew(chance)
        if self.anew and chance.random() < 0.6:
            return content
        for _each in range(chance.randint(1, 3)):
            ways = [_bytes, _cut, _members] if self.packed else [_bytes, _cut, _lines, partial(_cells, self.separator)]
            content = chance.choice(ways)(content, chance)
        return content


def _bytes(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _each in range(chance.randint(1, 4)):
        place = chance.randrange(len(changed) + 1)
        changed[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
    return bytes(changed)


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _lines(content: bytes, chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    way = chance.randrange(4)
    if way == 0:
        lines[first], lines[second] = lines[second], lines[first]
    elif way == 1:
        lines.insert(first, lines[second])
    elif way == 2:
        del lines[first]
    else:
        lines[first] = chance.choice(NASTY).encode("utf-8", "replace") + b"\n"
    return b"".join(lines)


def _cells(separator: str, content: bytes, chance: random.Random) -> bytes:
    """One cell replaced, or two columns exchanged in all lines; of JSON and XML the text between two marks."""
    lines = [line.split(separator) for line in content.decode("utf-8", "surrogateescape").split("\n")]
    if chance.random() < 0.2 and len(lines[0]) > 1:
        a, b = chance.randrange(len(lines[0])), chance.randrange(len(lines[0]))
        for line in lines:
            if max(a, b) < len(line):
                line[a], line[b] = line[b], line[a]
    else:
        line = chance.choice(lines)
        line[chance.randrange(len(line))] = chance.choice(NASTY)
    return "\n".join(separator.join(line) for line in lines).encode("utf-8", "surrogateescape")


def _members(content: bytes, chance: random.Random) -> bytes:
    """A ZIP file with one of its members broken, and its checksums right again."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {member.filename: archive.read(member) for member in archive.infolist()}
    except Exception:  # broken by a step before
        return content
    name = chance.choice(sorted(members))
    way = chance.choice([_bytes, _cut, partial(_cells, ">"), partial(_cells, '"')])
    members[name] = way(members[name], chance)
    if chance.random() < 0.1:
        del members[name]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file, inside in members.items():
            archive.writestr(file, inside)
    return out.getvalue()


VALUES = (*(None, True, False, 0, -5, 2018.75, 10**30, float("inf"), float("nan"), 1e300, [], {}, [[]]), *NASTY[:60])


def _json_value(content: bytes, chance: random.Random) -> bytes:
    """One list, object or value somewhere in a JSON text replaced."""
    table = json.loads(content)
    at = table
    while True:
        key = chance.choice(sorted(at)) if isinstance(at, dict) else chance.randrange(len(at))
        if not isinstance(at[key], (dict, list)) or not at[key] or chance.random() < 0.2:
            at[key] = chance.choice(VALUES)
            return json.dumps(table).encode()
        at = at[key]


def _workbook_cell(sheets: dict[str, list[list]], chance: random.Random) -> bytes:
    """One cell of a workbook replaced, or a row repeated."""
    changed = {title: [list(row) for row in rows] for title, rows in sheets.items()}
    rows = changed[chance.choice(sorted(changed))]
    row = chance.choice(rows)
    if chance.random() < 0.2:
        rows.append(row)
    else:
        value = chance.choice(VALUES)
        plain = isinstance(value, (str, int, float)) and "\x00" not in str(value) and "\x1b" not in str(value)
        row[chance.randrange(len(row))] = value if plain else None
    return workbook(changed)


def _parquet_cell(chance: random.Random) -> bytes:
    """One cell of the twin's cube replaced, where Parquet can hold the value beside the other."""
    column = chance.choice(sorted(CUBE))
    try:
        return parquet(**{column: [chance.choice(VALUES), CUBE[column][1]]})
    except Exception:  # a text beside a number
        return parquet(**{column: [str(chance.choice(VALUES[3:10]))] * 2})


def workbook(sheets: dict[str, list[list]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(out)
    return out.getvalue()


CUBE = {"nuts2": ["AT11", "AT12"], "nace1": ["F", "C"], "sex": ["M", "F"], "age_group": ["Y15-24", "Y_GE65"]}
CUBE |= {"year": [2018, 2019], "severity": ["D_GE4", "FAT"], "accidents": [6, 1], "records": [3, 1], "flag": ["", "p"]}


def parquet(**changes) -> bytes:
    out = io.BytesIO()
    pd.DataFrame(CUBE | changes).to_parquet(out)
    return out.getvalue()


CLAIMS = [Inail.claim(), Inail.claim(Eta="33", DataMorte="20/07/2021"), Inail.claim(GiorniIndennizzati="")]
DIMENSIONS = ("nace_r2", "sex", "unit", "geo")
YEARS = [[None, 2018, 2019], ["TOTAL", 3000, 2900], ["Ceuta", 2900, None], ["NAVARRA (C. FORAL DE)", 2800, ".."]]
LABELLED = [[None, None, 2018, 2019], [None, "TOTAL", 3000.5, 2900], ["F", "Construcción", 8000, 7000]]
TSV = (
    "freq,nace_r2,sex,unit,geo\\TIME_PERIOD\t2018 \t2019 \nA,F,T,NR,IT\t10 b\t: c\nA,C10,F,NR,EL\t7 \t8 \n"
    "A,F,M,RT_INC,ITI4\t250.5 \t: \n"
)
CSV = (
    "freq,nace_r2,sex,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\nA,F,T,NR,IT,2018,10,b\nA,F,T,NR,IT,2019,12,\n"
    'A,"C10",T,NR,FR,2019,,c\n'
)
JSON = (
    '{"class": "dataset", "id": ["unit", "nace_r2", "sex", "geo", "time"], "size": [1, 2, 1, 2, 1],\n"value": {"0": 5, '
    '"1": 7.0, "3": null},\n"status": {"1": "b", "2": ": c"},\n"dimension": '
    '{"unit": {"category": {"index": {"NR": 0}}},'
    '\n"nace_r2": {"category": {"index": {"A": 0, "F": 1}}}, "sex": {"category": {"label": {"T": "Total"}}},'
    '\n"geo": {"category": {"index": ["AT", "IT"]}}, "time": {"category": {"index": {"2019": 0}}}}}'
)
REGIONS = (
    "nuts2,year,accidents_reported,at_work,commuting,fatal_accidents,employed_15_64,source_release\n"
    "ITC1,2020,300,250,50,3,950,r\nITF6,2020,9012,8000,1012,20,500000,r\nITH1+ITH2,2021,200,150,50,,900,r\n"
)
EPA = "periodo,region,nuts2,edad,sexo,employed_thousands\n" + "".join(
    f"2022-{quarter},ES-AN,ES61,{age},{sex},{n}.5\n"
    for n, quarter in enumerate(("01-31", "06-30", "09-30", "12-31"), start=1)
    for age in ("16-19", "total")
    for sex in ("hombres", "total")
)
BAND = "person,device,timestamp,body_temp_c,spo2_pct,heart_rate_bpm,steps,band_removed,alarm,alarm_text\n" + "".join(
    f"P-{person},D,2023-11-01 07:{minute:02}:00,36.5,97,{60 + person},100,{'' if minute else 'n'},n,\n"
    for person in range(6)
    for minute in (0, 30)
)
SHARES = ["total", *esener._SECTORS, *esener._SIZES]
ESENER = [
    ["country", "question", "Answer", *SHARES],
    ["at", "E3Q1", "Yes", *[0.5] * 14],
    ["EL", "E3Q1", "No", *[None] * 14],
]
ATR = {
    "ATR-I.1.1": LABELLED,
    "ATR-I.1.2": YEARS,
    "ATR-I.1.3": YEARS,
    "ATR-I.1.4": LABELLED,
    "ATR-I.1.5": [[None, 2018, 2019], ["MUJERES", 2000, 1900], ["De 16 a 19 años", 3100, 2900]],
}
RECORDS = "".join(f"2023{n:07}" + "".join(ESAW[1:]) + "\n" for n in range(4))
LISTED = ",".join(esaw.variables()) + "\n" + "".join(",".join([f"2023{n:07}", *ESAW[1:]]) + "\n" for n in range(4))
_table = partial(eurostat.read_table, dimensions=DIMENSIONS)
SEEDS = (
    Seed("eurostat.tsv", TSV.encode(), _table, "\t"),
    Seed("eurostat.csv", CSV.encode(), _table),
    Seed("eurostat.json", JSON.encode(), _table, anew=partial(_json_value, JSON.encode())),
    Seed("inail.xml", Inail.xml(CLAIMS), inail.read_records, ">"),
    Seed("inail.csv", Inail.csv(CLAIMS), inail.read_records, ";"),
    Seed("inail.json", Inail.json(CLAIMS), inail.read_records),
    Seed("regions.csv", REGIONS.encode(), inail_regions.read_regions),
    Seed("epa.csv", EPA.encode(), spain_epa.read_employed),
    Seed("wristband.csv", BAND.encode(), wristband.read_groups),
    Seed(
        "esener.xlsx",
        workbook({"indicator_data": ESENER}),
        esener.read_workbook,
        packed=True,
        anew=partial(_workbook_cell, {"indicator_data": ESENER}),
    ),
    Seed("atr.xlsx", workbook(ATR), spain_atr.read_workbook, packed=True, anew=partial(_workbook_cell, ATR)),
    Seed("esaw.txt", RECORDS.encode(), esaw_rows.read_records, "0"),
    Seed("esaw.csv", LISTED.encode(), esaw_rows.read_records),
    Seed("twin.parquet", parquet(), synthetic.read_cube, anew=_parquet_cell),
)
