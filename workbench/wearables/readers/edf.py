"""EDF, the European Data Format of physiological recordings: a header of fixed width, then records of 16-bit numbers.

Kemp et al. (1992), Electroencephalogr. Clin. Neurophysiol. 82:391. Names of persons and places in the header are never
read.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from workbench.terms.errors import ReadError, shown
from workbench.terms.text import _
from workbench.wearables.readers.members import members
from workbench.wearables.signals import STAMP, Channel, Recording, Signal, zone_of

_FIXED, _PER_CHANNEL = 256, 256
_WIDTHS = {
    "label": 16,
    "transducer": 80,
    "unit": 8,
    "least": 8,
    "most": 8,
    "digital_least": 8,
    "digital_most": 8,
    "filter": 80,
    "samples": 8,
    "reserved": 32,
}
_ANNOTATIONS = "EDF Annotations"


@dataclass(frozen=True)
class _Header:
    """What is needed of a header."""

    start: datetime
    records: int
    seconds: float
    columns: dict[str, list[str]]

    @property
    def samples(self) -> list[int]:
        """Samples of each channel in one record."""
        return [int(text) for text in self.columns["samples"]]


def read_edf(path: str | Path, *, zone: str = "UTC") -> Iterator[Recording]:
    """One recording per file; channels of the same rate share a signal.

    Parameters
    ----------
    path : a file, folder or ZIP file
    zone : IANA name of the time zone of the local start in the header

    Yields
    ------
    Recording
        `person` is the file's name; signals are named by their rate, such as "100 Hz".

    Raises
    ------
    ReadError
        For a file that is no EDF, or shorter than its header says.
    """
    for member in members(path):
        if member.name.lower().endswith(".edf"):
            yield _recording(member.name, member.data, zone)


def _recording(name: str, data: bytes, zone: str) -> Recording:
    try:
        header = _header(data, zone)
        samples = header.samples
        if header.records < 1 or header.seconds <= 0 or not samples:
            raise ValueError
        begin = _FIXED + _PER_CHANNEL * len(samples)
        wanted = header.records * sum(samples)
        numbers = np.frombuffer(data, "<i2", count=wanted, offset=begin).reshape(header.records, sum(samples))
    except (ValueError, IndexError) as error:
        message = _("{name} is no EDF file, or is shorter than its header says. Export the recording again.")
        raise ReadError(message.format(name=shown(name))) from error
    return Recording(person=Path(name).stem, signals=_signals(header, numbers), zone=zone, source=name)


def _header(data: bytes, zone: str) -> _Header:
    text = data[:_FIXED].decode("ascii")
    local = datetime.strptime(text[168:184], "%d.%m.%y%H.%M.%S")
    n = int(text[252:256])
    block, place, columns = data[_FIXED : _FIXED * (n + 1)].decode("ascii"), 0, {}
    for field, width in _WIDTHS.items():
        columns[field] = [block[place + k * width : place + (k + 1) * width].strip() for k in range(n)]
        place += n * width
    start = local.replace(tzinfo=zone_of(zone)).astimezone(UTC)
    return _Header(start, int(text[236:244]), float(text[244:252]), columns)


def _signals(header: _Header, numbers: np.ndarray) -> dict[str, Signal]:
    """Physical values = least + (digital - digital least) x (range / digital range), by channel."""
    edges = np.concatenate([[0], np.cumsum(header.samples)])
    by_rate: dict[float, list[tuple[Channel, np.ndarray]]] = defaultdict(list)
    for place, label in enumerate(header.columns["label"]):
        if label == _ANNOTATIONS:
            continue
        least, most, low, high = (
            float(header.columns[field][place]) for field in ("least", "most", "digital_least", "digital_most")
        )
        raw = numbers[:, edges[place] : edges[place + 1]].ravel()
        values = least + (raw - low) * ((most - least) / (high - low))
        rate = header.samples[place] / header.seconds
        channel = Channel(
            name=label, unit=header.columns["unit"][place], rate=rate, least=min(least, most), most=max(least, most)
        )
        by_rate[rate].append((channel, values))
    signals = {}
    for rate, channels in by_rate.items():
        stamps = round(header.start.timestamp()) * 10**9 + np.round(np.arange(len(channels[0][1])) * 1e9 / rate)
        frame = pl.DataFrame({channel.name: values for channel, values in channels})
        frame = frame.with_columns(pl.Series("time", stamps.astype(np.int64)).cast(STAMP))
        signals[f"{rate:g} Hz"] = Signal(channels=tuple(channel for channel, _values in channels), frame=frame.lazy())
    return signals
