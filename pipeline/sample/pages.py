"""A page of a sample wiki as the dump writer needs it, together with what an extractor must make of it."""

from dataclasses import dataclass
from typing import Literal

from pipeline.sample.links import TruthLink

PageRole = Literal["article", "disambiguation", "trap", "redirect", "other_namespace", "damaged"]


@dataclass(frozen=True, kw_only=True)
class SamplePage:
    """One page. `namespace` is the key, `title` the full title with the namespace's name in front of it.

    `links` are the local links of namespace 0 in prose, in order. `damage` names the kind of damage (see `damaged.py`).
    """

    title: str
    wikitext: str
    role: PageRole
    namespace: int = 0
    qid: int | None = None
    redirect_title: str | None = None
    links: tuple[TruthLink, ...] = ()
    damage: str | None = None
    model: str = "wikitext"
