"""A small knowledge base written straight into tables: three scripts, entities that are mentioned, and facts."""

from pathlib import Path

from pipeline.manifest.parts import PartWriter
from pipeline.records import Entity, EntityText, Passage, PropertyText
from pipeline.schemas import TABLES

NAMES = {
    "en": ["Rome", "Italy", "Tiber", "Milan", "Po", "Turin", "Naples", "Genoa", "Bari", "Venice"],
    "ar": ["روما", "إيطاليا", "التيبر", "ميلانو", "بو", "تورينو", "نابولي", "جنوة", "باري", "البندقية"],
    "ja": [
        "ローマ",
        "イタリア",
        "テヴェレ川",
        "ミラノ",
        "ポー川",
        "トリノ",
        "ナポリ",
        "ジェノヴァ",
        "バーリ",
        "ヴェネツィア",
    ],
}
SENTENCES = {
    "en": ("{a} lies near {b} and number {n} of the list. ", "People of {a} often travel to {b}, the {n}th stop. "),
    "ar": ("تقع {a} بالقرب من {b} في القائمة {n}. ", "يسافر سكان {a} إلى {b} كثيرا، المحطة {n}. "),
    "ja": ("{a}は{b}の近くにあり、一覧の{n}番目です。", "{a}の人々はよく{b}へ旅行します、{n}番。"),
}
ENTITIES = 60
LANGUAGES = tuple(NAMES)


def name(lang: str, qid: int) -> str:
    """What entity `qid` is called: ten names with a number each."""
    names = NAMES[lang]
    return names[qid % len(names)] + (str(qid // len(names)) if qid >= len(names) else "")


def write(root: Path, table: str, rows: list[tuple[object, ...]], lang: str = "", part: str = "a") -> None:
    """One part of a table."""
    folder = root / "tables" / table / (f"lang={lang}" if lang else "")
    writer = PartWriter(TABLES[table], folder / f"part-{part}.parquet")
    for row in rows:
        writer.write(row)
    writer.close()


def write_world(root: Path, languages: tuple[str, ...] = LANGUAGES, pages: int = 40) -> Path:
    """The whole world; every page has three passages, each language two passages parts."""
    for lang in languages:
        write_passages(root, lang, pages)
    write(root, "entities", [Entity(qid, 1, (5,) if qid % 2 else (6, 515)) for qid in range(1, ENTITIES)])
    texts = [
        EntityText(
            lang, lang, qid, name(lang, qid), describe(lang, qid), (), lang, lang if describe(lang, qid) else None
        )
        for lang in sorted(LANGUAGES)
        for qid in range(1, ENTITIES)
        if qid % 7
    ]
    texts.append(EntityText("mul", "mul", 7, "Seven", None, (), "mul", None))
    write(root, "entity_texts", sorted(texts))
    properties = [
        PropertyText(lang, number, label, None, (), lang, None, "wikibase-item")
        for lang, label in (("en", "borders"), ("ja", "隣接"), ("ar", "حدود"))
        for number in (47, 17)
    ]
    write(root, "properties", sorted(properties))
    pairs = [(a, 1 + (a * 7) % (ENTITIES - 1)) for a in range(1, ENTITIES)]
    triples = {(a, 47, b) for a, b in pairs} | {(b, 47, a) for a, b in pairs} | {(a, 17, 2) for a, _ in pairs}
    write(root, "triples", sorted({*triples, (1, 999, 2)}))
    return root


def describe(lang: str, qid: int) -> str | None:
    """Every third entity has no description; the others share a few."""
    return None if qid % 3 == 0 else f"{NAMES[lang][1]} {qid % 4}"


def write_passages(root: Path, lang: str, pages: int) -> None:
    """Passages and mentions of one language, and leads: an entity's is the first passage that begins with it."""
    passages: list[tuple[int, Passage]] = []
    mentions: list[tuple[object, ...]] = []
    leads: dict[int, str] = {}
    for page in range(1, pages + 1):
        for index in range(3):
            text, found = passage_text(lang, page, index, sentences=1 + 8 * index)
            section = () if index == 0 else ("History",)
            passages.append((page, Passage(page, index, section, "paragraph", text, ())))
            mentions += [(page, index, *mention, "resolved", "link") for mention in found]
            if index == 0:
                leads.setdefault(found[0][3], text)
        mentions.append((page, 0, 0, 1, passages[-3][1].text[0], None, "red", "link"))
    half = pages // 2
    for part, rows in (
        ("a", [row for page, row in passages if page <= half]),
        ("b", [r for p, r in passages if p > half]),
    ):
        write(root, "passages", list(rows), lang, part)
    write(root, "mentions", sorted(mentions, key=lambda row: row[:4]), lang)
    write(root, "leads", sorted(leads.items()), lang)


def passage_text(lang: str, page: int, index: int, sentences: int) -> tuple[str, list[tuple[int, int, str, int]]]:
    """Text and its mentions (start, end, surface, qid)."""
    text, mentions = "", []
    for n in range(sentences):
        pattern = SENTENCES[lang][n % 2]
        ids = [1 + (page * 5 + n * 3 + index) % (ENTITIES - 1), 1 + (page + n * 11 + index) % (ENTITIES - 1)]
        first, rest = pattern.split("{a}")[0], pattern.split("{a}")[1]
        middle, end = rest.split("{b}")
        for before, qid in ((first, ids[0]), (middle, ids[1])):
            text += before
            surface = name(lang, qid)
            mentions.append((len(text), len(text) + len(surface), surface, qid))
            text += surface
        text += end.replace("{n}", str(page * 100 + n))
    return text.rstrip(), mentions
