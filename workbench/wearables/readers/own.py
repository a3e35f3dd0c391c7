"""A recording of one's own: a CSV or Parquet file, and a small YAML file that says what its columns mean.

::

    person: A1
    zone: Europe/Brussels
    time: {column: t, unit: s, start: 2026-03-02T08:00:00}
    evidence: real-world
    labels: {team: red, sector: F}
    signals:
      environment:
        noise: {column: laeq, unit: dB(A), position: collar, rate: 1, least: 40, most: 140}

`unit` of time is s, ms, us or ns since `start`, or `text` for dates and times on the local clock.
"""

from dataclasses import fields
from datetime import datetime
from pathlib import Path

import polars as pl
import yaml

from workbench.terms.errors import ReadError, shown
from workbench.terms.text import _
from workbench.wearables.signals import STAMP, Channel, Recording, Signal, zone_of

_NANOSECONDS = {"s": 1e9, "ms": 1e6, "us": 1e3, "ns": 1}
_KEYS = {"person", "zone", "time", "evidence", "labels", "signals", "source", "synthetic"}
_CHANNEL_KEYS = {"column", *(entry.name for entry in fields(Channel))} - {"name"}


def read_own(path: str | Path, layout: str | Path) -> Recording:
    """A table read as its YAML says; nothing of it is in memory before it is asked for.

    Parameters
    ----------
    path : .csv or .parquet
    layout : the YAML file

    Returns
    -------
    Recording

    Raises
    ------
    ReadError
        For a key that is unknown or missing, a column that is not there, another kind of file.
    """
    path, meaning = Path(path), _meaning(Path(layout))
    table = _scanned(path)
    zone = meaning.get("zone", "UTC")
    zone_of(zone)
    stamps = _stamps(meaning["time"], zone, table, path)
    signals = {}
    for name, channels in meaning["signals"].items():
        described = {channel: _channel(channel, entry) for channel, entry in channels.items()}
        columns = [
            _column(entry.get("column", channel), table, path).cast(pl.Float64).alias(channel)
            for channel, entry in channels.items()
        ]
        frame = table.select([stamps.alias("time"), *columns])
        signals[name] = Signal(channels=tuple(described.values()), frame=frame)
    return Recording(
        person=str(meaning["person"]),
        signals=signals,
        zone=zone,
        labels={key: str(value) for key, value in meaning.get("labels", {}).items()},
        evidence=meaning.get("evidence", ""),
        source=meaning.get("source", path.name),
        synthetic=bool(meaning.get("synthetic", False)),
    )


def _meaning(path: Path) -> dict:
    try:
        meaning = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ReadError(_("{path} is no YAML file that can be read.").format(path=shown(path, 300))) from error
    keys = set(meaning) if isinstance(meaning, dict) else set()
    if absent := {"person", "time", "signals"} - keys:
        message = _("{path} lacks {absent}. It needs person, time and signals.")
        raise ReadError(message.format(path=shown(path, 300), absent=", ".join(sorted(absent))))
    if unknown := keys - _KEYS:
        message = _("{path} has {unknown}, which means nothing. There are: {known}.")
        raise ReadError(
            message.format(path=shown(path, 300), unknown=", ".join(sorted(unknown)), known=", ".join(sorted(_KEYS)))
        )
    return meaning


def _scanned(path: Path) -> pl.LazyFrame:
    if not path.is_file():
        raise ReadError(_("There is no file {path}.").format(path=shown(path, 300)))
    scans = {".csv": pl.scan_csv, ".parquet": pl.scan_parquet}
    if path.suffix not in scans:
        message = _("{path} is neither .csv nor .parquet. Save the recording as one of them.")
        raise ReadError(message.format(path=shown(path, 300)))
    return scans[path.suffix](path)


def _column(name: str, table: pl.LazyFrame, path: Path) -> pl.Expr:
    columns = table.collect_schema().names()
    if name not in columns:
        message = _("{path} has no column {name}. It has: {columns}.")
        raise ReadError(message.format(path=shown(path, 300), name=shown(name), columns=shown(", ".join(columns), 300)))
    return pl.col(name)


def _stamps(entry: dict, zone: str, table: pl.LazyFrame, path: Path) -> pl.Expr:
    column, unit = _column(entry.get("column", "time"), table, path), entry.get("unit", "text")
    if unit == "text":
        local = column.cast(pl.String).str.to_datetime(time_unit="ns")
        # an hour that comes twice is read as its first; one that never was is left empty, and quality counts it
        return local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
    if unit not in _NANOSECONDS or "start" not in entry:
        message = _("time needs a unit (s, ms, us, ns, with a start; or text), not {unit}.")
        raise ReadError(message.format(unit=shown(unit)))
    start = entry["start"]
    start = start if isinstance(start, datetime) else datetime.fromisoformat(str(start))
    start = start if start.tzinfo else start.replace(tzinfo=zone_of(zone))
    offset = (column * _NANOSECONDS[unit]).round(0).cast(pl.Int64)
    return (pl.lit(start).cast(STAMP).cast(pl.Int64) + offset).cast(STAMP)


def _channel(name: str, entry: dict) -> Channel:
    if unknown := set(entry) - _CHANNEL_KEYS:
        message = _("Channel {name} has {unknown}, which means nothing. There are: {known}.")
        known = ", ".join(sorted(_CHANNEL_KEYS))
        raise ReadError(message.format(name=shown(name), unknown=", ".join(sorted(unknown)), known=known))
    if "unit" not in entry:
        raise ReadError(_("Channel {name} needs a unit.").format(name=shown(name)))
    return Channel(name=name, **{key: value for key, value in entry.items() if key != "column"})
