"""The same pages through datatrove: run by `bench.pipelines` with an interpreter that has datatrove, and not ours.

Its reader of JSON lines, Trafilatura's extractor, the quality filters of FineWeb less the one that asks for a model of
languages, and its writer of Parquet; one task for each of two processes, as its documentation has it.
"""

import sys

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import ParquetWriter

PROCESSES = 2


def main(source: str, out: str, logs: str) -> None:
    """Clean a folder of JSON lines into a folder of Parquet."""
    steps = [
        JsonlReader(source, text_key="html", id_key="id"),
        Trafilatura(favour_precision=True, timeout=20),
        GopherRepetitionFilter(),
        GopherQualityFilter(),
        C4QualityFilter(filter_no_terminal_punct=False),
        FineWebQualityFilter(),
        ParquetWriter(out),
    ]
    LocalPipelineExecutor(pipeline=steps, tasks=PROCESSES, workers=PROCESSES, logging_dir=logs).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
