"""What a set of shards is made of. None of it depends on the machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pipeline.errors import ConfigError
from pipeline.languages.codes import check_language
from pipeline.records import MentionSource

EntityText = Literal["label_description", "description", "lead"]


@dataclass(frozen=True, kw_only=True)
class ShardsConfig:
    """Tables in `root` → shards in `out`."""

    root: Path
    """The knowledge base's folder."""
    tokenizer: Path
    """A tokenizer's folder, or a `sentencepiece.bpe.model` or `tokenizer.json` file."""
    out: Path
    """Where the shards go."""
    languages: tuple[str, ...] | None = None
    """Wikipedias whose passages are used; None: all that have passages."""
    text_languages: tuple[str, ...] | None = None
    """Languages of the entities' texts; None: all in the tables. More than `languages` is fine and is the default, so
    that another Wikipedia added later changes no file of the others."""
    entity_text: EntityText = "label_description"
    """What stands for an entity in MEP and OE: see docs/shards.md for how unique and how frequent each is."""
    max_tokens: int = 128
    """Tokens of a window, `<s>` and `</s>` counted. 128 holds a typical paragraph whole and keeps batches of many
    entities cheap; longer passages become several windows."""
    min_tokens: int = 8
    """Windows with fewer tokens, `<s>` and `</s>` counted, are dropped."""
    max_text_tokens: int = 64
    """Tokens of an entity's or property's text, `<s>` and `</s>` counted; longer ones are cut and counted."""
    max_mentions: int = 32
    """Mentions kept in a window, the first ones."""
    mention_sources: tuple[MentionSource, ...] = get_args(MentionSource)
    """Mentions that are used: links, the page's own name (`title`), names linked elsewhere in the page (`repeat`)."""
    entity_types: tuple[int, ...] = ()
    """Only mentions of entities that are an instance of one of these classes (ids); empty: all."""
    pack: bool = False
    """Whether short neighbouring passages of a section are put together into one MLM row."""
    valid_pages: float = 0.02
    """Share of the pages whose rows are for validation."""
    test_pages: float = 0.02
    """Share of the pages whose MEP rows are for testing; they are in no MLM row."""
    holdout_entities: float = 0.05
    """Share of the entities that no training row of MEP or OE has."""
    holdout_triples: float = 0.05
    """Share of the pairs of entities whose triples are for validation and testing, half each."""
    exclude_pages: tuple[Path, ...] = ()
    """Lists of pages (lang, page_id) that give no row of any split, nor does a text that equals one of theirs."""
    exclude_entities: tuple[Path, ...] = ()
    """Lists of entities (qid) that are held out besides those that the seed holds out."""
    split_seed: int = 0
    """Decides what is held out."""
    shuffle_seed: int = 0
    """Decides the order of the rows."""
    bucket_bytes: int = 32 << 20
    """Bytes of passages (as Parquet) that make a shard file; the files' number is a power of two."""

    def __post_init__(self) -> None:
        if self.entity_text not in get_args(EntityText):
            raise ConfigError(f"--entity-text {self.entity_text!r}: expected one of {', '.join(get_args(EntityText))}")
        if self.exclude_pages and self.entity_text == "lead":
            raise ConfigError(
                "--exclude-pages with --entity-text lead: first paragraphs of these pages would be trained on as texts",
                next_step="--exclude-entities with the entities of these pages, or another --entity-text",
            )
        for code in (*(self.languages or ()), *(self.text_languages or ())):
            check_language(code)
        if not 8 <= self.max_tokens <= 510:
            raise ConfigError(f"--max-tokens {self.max_tokens}: expected 8 to 510, what XLM-R has positions for")
        if not 3 <= self.min_tokens <= self.max_tokens:
            raise ConfigError(f"--min-tokens {self.min_tokens}: expected 3 to --max-tokens {self.max_tokens}")
        if not 4 <= self.max_text_tokens <= 510:
            raise ConfigError(f"--max-text-tokens {self.max_text_tokens}: expected 4 to 510")
        if not self.mention_sources or set(self.mention_sources) - set(get_args(MentionSource)):
            found = ",".join(self.mention_sources)
            raise ConfigError(f"--mention-sources {found!r}: expected some of {', '.join(get_args(MentionSource))}")
        if self.max_mentions < 1:
            raise ConfigError(f"--max-mentions {self.max_mentions}: expected at least 1")
        for name in ("valid_pages", "test_pages", "holdout_entities", "holdout_triples"):
            share = getattr(self, name)
            if not 0 <= share < 1:
                raise ConfigError(f"--{name.replace('_', '-')} {share}: expected a share from 0 to below 1")
        if self.valid_pages + self.test_pages >= 1:
            raise ConfigError(
                f"--valid-pages {self.valid_pages} and --test-pages {self.test_pages} leave no page to train on"
            )
        if self.bucket_bytes < 1:
            raise ConfigError(f"--bucket-bytes {self.bucket_bytes}: expected at least 1")
