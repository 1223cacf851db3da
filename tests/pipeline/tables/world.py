"""A small knowledge base made of given rows, published by the engine like the real extraction's tables."""

from dataclasses import dataclass, field
from pathlib import Path

from pipeline.jobs.engine import RunOptions, run_job
from pipeline.manifest.digests import digest
from pipeline.manifest.items import JobSpec, WorkItem
from pipeline.manifest.parts import ItemOutput
from pipeline.records import Entity, EntityText, Link, Page, Passage, PropertyText, Sitelink, Statement
from pipeline.transforms.run_item import Job

Rows = dict[str, list[tuple[object, ...]]]
WIKIPEDIA = ("pages", "passages", "repeats")
WIKIDATA = ("entities", "entity_texts", "sitelinks", "statements", "item_redirects", "properties")


@dataclass(frozen=True, kw_only=True)
class RowsJob(Job):
    """Publishes given rows: part name → table → rows."""

    name: str
    root: str
    tables: tuple[str, ...]
    parts: dict[str, Rows]
    scope: str = ""

    @property
    def spec(self) -> JobSpec:
        return JobSpec(name=self.name, root=self.root, format_number=1, tables=self.tables, scope=self.scope)

    def process(self, item: WorkItem, out: ItemOutput) -> None:
        for table, rows in self.parts[item.key].items():
            for row in rows:
                out.write(table, row)


def publish_rows(job: RowsJob) -> None:
    """Runs the job; changed rows are a changed input."""
    items = [WorkItem(key, 1, digest(rows), ()) for key, rows in job.parts.items()]
    run_job(job, items, RunOptions(runner="loop"))


def link(text: str, surface: str, target: str, fragment: str | None = None) -> Link:
    """A link on the first occurrence of `surface` in `text`."""
    start = text.index(surface)
    return Link(start, start + len(surface), target, fragment)


def paragraph(page_id: int, index: int, text: str, *links: tuple[str, str], section: tuple[str, ...] = ()) -> Passage:
    """A paragraph with links given as (surface, target)."""
    return Passage(page_id, index, section, "paragraph", text, tuple(link(text, *pair) for pair in links))


def article(page_id: int, title: str) -> Page:
    """An article."""
    return Page(page_id, page_id * 10, title, "article", None, None, 100)


def redirect(page_id: int, title: str, target: str, fragment: str | None = None) -> Page:
    """A redirect."""
    return Page(page_id, page_id * 10, title, "redirect", target, fragment, 20)


@dataclass(kw_only=True)
class World:
    """The rows of a knowledge base, to be changed by tests and published."""

    root: Path
    wikipedias: dict[str, dict[str, Rows]] = field(default_factory=dict)
    wikidata: Rows = field(default_factory=dict)

    def publish_wikipedia(self, lang: str) -> None:
        """Publishes the pages and passages of one language."""
        parts = self.wikipedias[lang]
        publish_rows(
            RowsJob(name="extract-wikipedia", root=str(self.root), tables=WIKIPEDIA, parts=parts, scope=f"lang={lang}")
        )

    def publish_wikidata(self) -> None:
        """Publishes the Wikidata tables."""
        parts = {"all": self.wikidata}
        publish_rows(RowsJob(name="extract-wikidata", root=str(self.root), tables=WIKIDATA, parts=parts))

    def publish(self) -> None:
        """Publishes all."""
        for lang in self.wikipedias:
            self.publish_wikipedia(lang)
        self.publish_wikidata()


def text(
    lang: str, qid: int, label: str | None, description: str | None = None, source: str | None = None
) -> EntityText:
    """What an item is called in a language; `source` is the Wikidata language of both."""
    source = source or lang
    return EntityText(lang, lang, qid, label, description, (), label and source, description and source)


def rome(root: Path) -> World:
    """Rome, Italy, Tiber in Italian (two parts) and Norwegian: every status of a link, every drop of a statement."""
    world = World(root=root)
    tiber = "Il Tevere è un fiume 🌊 d'Italia che scorre a Roma e a Urbe."
    world.wikipedias["it"] = {
        "0": {
            "pages": [
                article(1, "Roma"),
                article(2, "Italia"),
                article(3, "Tevere"),
                redirect(4, "Urbe", "Città eterna"),
                redirect(5, "Città eterna", "Roma"),
                redirect(6, "A", "B"),
                redirect(7, "B", "A"),
                redirect(8, "Nulla", "Pagina che non esiste"),
            ],
            "passages": [
                paragraph(1, 0, "Roma", ("Roma", "Roma")),
                paragraph(1, 1, "Roma è la capitale d'Italia.", ("Italia", "Italia")),
                paragraph(1, 2, "Roma ha un fiume, il Tevere.", ("Tevere", "Tevere")),
                paragraph(3, 0, tiber, ("Italia", "Italia"), ("Roma", "Roma"), ("Urbe", "Urbe")),
                paragraph(3, 1, "Cose a e b, nulla, rosso.", ("a", "A"), ("nulla", "Nulla"), ("rosso", "Rosso")),
            ],
        },
        "1": {
            "pages": [
                article(9, "Mercurio"),
                article(10, "Senza oggetto"),
                article(11, "Fiumi d'Italia"),
                redirect(12, "Roma (disambigua)", "Mercurio"),
            ],
            "passages": [
                paragraph(2, 0, "L'Italia è uno Stato.", ("Stato", "Stato"), section=("Geografia",)),
                paragraph(10, 0, "Vedi Mercurio o fiumi o sé.", ("Mercurio", "Mercurio"), ("sé", "Senza oggetto")),
                paragraph(11, 0, "Elenco di fiumi d'Italia.", ("fiumi", "Fiumi d'Italia"), ("Elenco", "Senza oggetto")),
                paragraph(9, 0, "Mercurio può essere molto.", ("molto", "Fiumi d'Italia")),
            ],
        },
    }
    world.wikipedias["no"] = {
        "0": {
            "pages": [article(1, "Roma"), article(7, "Italia")],
            "passages": [paragraph(1, 0, "Roma er hovedstaden i Italia.", ("Italia", "Italia"))],
        }
    }
    world.wikidata = {
        "entities": [
            Entity(38, 2, (6256,)),
            Entity(220, 2, (515,)),
            Entity(1000, 1, (4167410,)),
            Entity(1001, 1, (13406463, 4022)),
            Entity(7275, 1, ()),
            Entity(13712, 1, (4022,)),
            Entity(50, 0, ()),
        ],
        "entity_texts": [
            text("en", 38, "Italy", "country in Southern Europe"),
            text("en", 220, "Rome", "capital of Italy"),
            text("it", 38, "Italia", None),
            text("it", 220, "Roma", "capitale d'Italia", source="it-x"),
            text("mul", 13712, "Tiber"),
            EntityText("no", "nb", 220, "Roma", None, ("Rom",), "nb", None),
        ],
        "sitelinks": [
            Sitelink("it", "Fiumi d'Italia", 1001),
            Sitelink("it", "Italia", 38),
            Sitelink("it", "Mercurio", 1000),
            Sitelink("it", "Roma", 220),
            Sitelink("it", "Stato", 7275),
            Sitelink("it", "Tevere", 13712),
            Sitelink("no", "Italia", 38),
            Sitelink("no", "Roma", 220),
        ],
        "statements": [
            Statement(38, 36, 220, "normal"),
            Statement(38, 36, 99, "normal"),
            Statement(38, 47, 38, "normal"),
            Statement(220, 17, 38, "preferred"),
            Statement(220, 17, 13712, "normal"),
            Statement(220, 17, 38, "deprecated"),
            Statement(220, 47, 50, "normal"),
            Statement(220, 206, 13712, "normal"),
            Statement(220, 206, 13712, "normal"),
            Statement(50, 17, 38, "normal"),
            Statement(99, 17, 38, "normal"),
        ],
        "properties": [
            PropertyText("en", 17, "country", "sovereign state that this item is in", (), "en", "en", "wikibase-item"),
            PropertyText("it", 17, "paese", None, (), "it", None, "wikibase-item"),
        ],
    }
    return world
