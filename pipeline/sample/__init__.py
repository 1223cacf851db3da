"""The sample world: small dumps in the real formats, generated from CLDR and hand-written sentence templates."""

from pipeline.sample.options import SampleOptions
from pipeline.sample.report import SampleReport, WikiReport
from pipeline.sample.texts import available_languages
from pipeline.sample.traps import TRAPS, Trap
from pipeline.sample.write import WIKIDATA_FILE, write_sample

__all__ = [
    "TRAPS",
    "WIKIDATA_FILE",
    "SampleOptions",
    "SampleReport",
    "Trap",
    "WikiReport",
    "available_languages",
    "write_sample",
]
