"""INAIL's accident records in XML: our reader against `pandas.read_xml`, on files made of one imitation record.

Time of the processor and peak memory of each, measured in a process of its own, one after the other:
    python tests/benchmarks/bench_inail_xml.py [RECORDS ...]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from peak_memory import PEAK

RECORD = """<DatiConCadenzaSemestraleInfortunio><DataRilevazione>30/04/2024</DataRilevazione>\
<DataProtocollo>{day:02}/08/2021</DataProtocollo><DataAccadimento>{day:02}/07/2021</DataAccadimento>\
<DataDefinizione>30/09/2021</DataDefinizione><DataMorte></DataMorte><LuogoAccadimento>{province:03}</LuogoAccadimento>\
<IdentificativoInfortunato>{n}</IdentificativoInfortunato><Genere>F</Genere><Eta>{age}</Eta>\
<LuogoNascita>ITAL</LuogoNascita><ModalitaAccadimento>N</ModalitaAccadimento>\
<ConSenzaMezzoTrasporto>N</ConSenzaMezzoTrasporto><IdentificativoCaso>{n}</IdentificativoCaso>\
<DefinizioneAmministrativa>P</DefinizioneAmministrativa>\
<DefinizioneAmministrativaEsitoMortale>ND</DefinizioneAmministrativaEsitoMortale><Indennizzo>TE</Indennizzo>\
<DecisioneIstruttoriaEsitoMortale>ND</DecisioneIstruttoriaEsitoMortale><GradoMenomazione>-1</GradoMenomazione>\
<GiorniIndennizzati>{age}</GiorniIndennizzati><IdentificativoDatoreLavoro>{n}</IdentificativoDatoreLavoro>\
<PosizioneAssicurativaTerritoriale>{n}</PosizioneAssicurativaTerritoriale>\
<SettoreAttivitaEconomica>N 81</SettoreAttivitaEconomica><Gestione>I</Gestione>\
<GestioneTariffaria>3</GestioneTariffaria><GrandeGruppoTariffario>0</GrandeGruppoTariffario>\
</DatiConCadenzaSemestraleInfortunio>
"""
OURS = """
from pathlib import Path
from workbench.sources.readers.inail import read_records
from workbench.terms.tables import Report
def read(path):
    return sum(len(batch) for batch in read_records([Path(path)], Report()))
"""
PANDAS = """
import pandas as pd
def read(path):
    return len(pd.read_xml(path))
"""
MEASURE = """
import sys, time
start = time.process_time()
rows = read(sys.argv[1])
print(rows, time.process_time() - start, peak())
"""
TARGET = 5.0
TIMES = 3


def write(path: Path, records: int) -> None:
    """An XML file of so many different records, laid out as INAIL's half-yearly files."""
    with path.open("w", encoding="utf-8") as file:
        file.write("<?xml version='1.0' encoding='UTF-8'?><DatiConCadenzaSemestraleInfortuniLazio>\n")
        for n in range(records):
            file.write(RECORD.format(n=10_000_000 + n, day=1 + n % 28, province=1 + n % 103, age=15 + n % 60))
        file.write("</DatiConCadenzaSemestraleInfortuniLazio>")


def measure(reader: str, path: Path) -> tuple[float, int]:
    """Seconds of the processor and peak megabytes of one reading in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", reader + PEAK + MEASURE, str(path)], capture_output=True, text=True, check=True
    )
    _rows, seconds, megabytes = done.stdout.split()
    return float(seconds), int(megabytes)


def main(sizes: list[int]) -> None:
    print(f"{'records':>10} {'file':>8} {'ours':>8} {'pandas':>8} {'times':>6} {'our peak':>9} {'pandas peak':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for records in sizes:
            path = Path(folder) / f"{records}.xml"
            write(path, records)
            runs = [(measure(OURS, path), measure(PANDAS, path)) for _each in range(TIMES)]
            (ours, our_peak), (theirs, their_peak) = (min(its) for its in zip(*runs, strict=True))
            print(
                f"{records:>10,} {path.stat().st_size / 1e6:>5.0f} MB {ours:>6.2f} s {theirs:>6.2f} s "
                f"{theirs / ours:>6.1f} "
                f"{our_peak:>6} MB {their_peak:>9} MB"
            )
    print(f"target on a large file: {TARGET:.0f} times, and a peak that does not grow with the file")


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [120_000, 240_000])
