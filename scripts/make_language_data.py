"""Makes `pipeline/languages/data/sites.json.gz`: what the wikitext parser has to know about each language's Wikipedia.

Sources, all facts of MediaWiki's own configuration, below one folder (`siteinfo`):
- `mediawiki-1.39-languages.json.gz`: MediaWiki 1.39's message files as its own Language class answers (469 languages);
- `parsoid-baseconfig/<dbname>.json.gz`: `action=query&meta=siteinfo` of 21 real wikis (2026): real namespaces, aliases,
  interwiki map, localised parser functions;
- `lint-wiki-dumps/<dbname>.json`: namespace names and aliases of 17 real wikis;
- `wp2txt/mediawiki_aliases.json`: words collected from the siteinfo of 351 Wikipedias (behaviour switches, portals);
- `wp2txt/language_metadata.json`: codes and database names of 342 Wikipedias.

Usage: python scripts/make_language_data.py SITEINFO_FOLDER [OUTPUT]
"""

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parents[1] / "pipeline/languages/data/sites.json.gz"

OPTION_WORDS = {
    "box": ("img_thumbnail", "img_manualthumb", "img_framed"),
    "align": ("img_left", "img_right", "img_center", "img_none"),
    "plain": ("img_frameless", "img_border", "img_baseline", "img_sub", "img_super", "img_top", "img_text_top",
              "img_middle", "img_bottom", "img_text_bottom", "img_upright", "img_width", "img_page", "img_lang",
              "img_alt", "img_link", "img_class"),
}  # fmt: skip
"""What an image option does to the text: makes a box, floats, or neither."""

FUNCTIONS = ("formatnum", "lc", "uc", "lcfirst", "ucfirst")
REAL_FUNCTIONS = (*FUNCTIONS, "if", "ifeq", "ifexist", "iferror", "ifexpr", "switch", "default", "plural", "grammar",
                  "gender", "padleft", "padright", "pagename", "fullpagename", "basepagename", "subpagename",
                  "namespace", "urlencode", "tag", "language", "nse", "ns", "anchorencode")  # fmt: skip
PORTAL_MIN_LETTERS = 4
"""Shorter words ("P", "Ков") are too common to be read as a namespace in wikis that may not have it."""


def read(path: Path) -> Any:
    """JSON of a file, gzip'd or not."""
    return json.loads(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())


def python_class(pcre: str) -> str:
    r"""A PCRE fragment as Python's `re` wants it: `\x{0610}` → the character."""
    return re.sub(r"\\x\{?([0-9A-Fa-f]{2,6})\}?", lambda m: re.escape(chr(int(m[1], 16))), pcre)


def linktrail(pcre: str) -> str:
    """`/^([a-z]+)(.*)$/sD` → `[a-z]+`; the empty trail (Chinese) → ``."""
    found = re.fullmatch(r"/\^\((.*)\)\(\.\*\)\$/[a-zA-Z]*", pcre, re.DOTALL)
    if found is None:
        raise ValueError(f"unknown form of linktrail: {pcre}")
    return python_class(found[1])


def namespace_names(entry: dict[str, Any]) -> dict[str, int]:
    """Every name of namespaces −2 to 15 but the project's own (4, 5), whose name in the source is a placeholder."""
    names: dict[str, int] = {}
    for number, name in entry["namespaces"].items():
        names[name] = int(number)
    names.update(entry["namespace_aliases"])
    names.update(entry["gender_aliases"])
    return {name.replace("_", " "): number for name, number in names.items() if name and "Oracle" not in name}


def words(entry: dict[str, Any], key: str) -> list[str]:
    return [
        word.replace("_", " ") if key.startswith("img") else word
        for word in entry["magic_words"].get(key, {}).get("words", [])
    ]


def language(entry: dict[str, Any], english: dict[str, Any]) -> dict[str, Any]:
    """The facts of one language from MediaWiki's message files, without those that equal English ones."""
    out: dict[str, Any] = {
        "fallbacks": entry["fallbacks"],
        "linktrail": linktrail(entry["linktrail"]),
        "namespaces": namespace_names(entry),
        "redirect": entry["magic_words"]["redirect"]["words"],
    }
    if entry["linkprefixcharset"]:
        out["linkprefix"] = python_class(entry["linkprefixcharset"])
    if len(entry["variants"]) > 1 and entry is not english:
        out["variants"] = entry["variants"]
    for group, keys in OPTION_WORDS.items():
        found = sorted({word for key in keys for word in words(entry, key)})
        if entry is not english:
            base = {word for key in keys for word in words(english, key)}
            found = [word for word in found if word not in base]
        out[f"image_{group}"] = found
    functions = {name: [word.rstrip(":") for word in words(entry, name)] for name in FUNCTIONS}
    out["functions"] = {
        name: found
        for name, found in functions.items()
        if found and (entry is english or found != functions_of(english, name))
    }
    return {key: value for key, value in out.items() if value or key == "linktrail"}


def functions_of(entry: dict[str, Any], name: str) -> list[str]:
    return [word.rstrip(":") for word in words(entry, name)]


def real_wiki(config: dict[str, Any]) -> dict[str, Any]:
    """What a wiki's own siteinfo adds to its language's message file."""
    query = config["query"]
    names: dict[str, int] = {}
    for number, namespace in query["namespaces"].items():
        for key in ("name", "canonical"):
            if namespace.get(key):
                names[namespace[key]] = int(number)
    for alias in query["namespacealiases"]:
        names.setdefault(alias["alias"].replace("_", " "), alias["id"])
    functions = {}
    for word in query["magicwords"]:
        if word["name"] in REAL_FUNCTIONS:
            functions[word["name"]] = [alias.rstrip(":").lstrip("#") for alias in word["aliases"]]
    return {
        "namespaces": names,
        "functions": functions,
        "local_interwiki": [row["prefix"] for row in query["interwikimap"] if row.get("localinterwiki")],
    }


def main(folder: Path, output: Path) -> None:
    source = read(folder / "mediawiki-1.39-languages.json.gz")
    english = source["en"]
    languages = {code: language(entry, english) for code, entry in sorted(source.items())}
    interwiki: set[str] = set()
    interlanguage: set[str] = set()
    switches: set[str] = set()
    wikis: dict[str, Any] = {}
    for path in sorted((folder / "parsoid-baseconfig").glob("*.json.gz")):
        config = read(path)
        for code, known in config["query"]["languagevariants"].items():
            if "variants" in languages.get(code, {}):
                first = [code, *known.get(code, {}).get("fallbacks", [])]
                rest = languages[code]["variants"]
                languages[code]["variants"] = list(dict.fromkeys(v for v in (*first, *rest) if v in rest))
        for row in config["query"]["interwikimap"]:
            (interlanguage if "language" in row else interwiki).add(row["prefix"])
        doubles = set(config["query"]["doubleunderscores"])
        for word in config["query"]["magicwords"]:
            if word["name"] in doubles:
                switches.update(word["aliases"])
        wikis[path.name.removesuffix("wiki.json.gz")] = real_wiki(config)
    for path in sorted((folder / "lint-wiki-dumps").glob("*wiki.json")):
        code = path.name.removesuffix("wiki.json").replace("-", "_")
        if code not in wikis:
            names = {name: number for name, number in read(path)["nsid"].items() if name}
            wikis[code] = {"namespaces": names, "functions": {}, "local_interwiki": [code.replace("_", "-")]}
    aliases = read(folder / "wp2txt/mediawiki_aliases.json")
    switches.update(word for word in aliases["magic_words"]["double_underscore"] if re.fullmatch(r"__\S+__", word))
    metadata = read(folder / "wp2txt/language_metadata.json")["languages"]
    interlanguage.update(metadata)
    interlanguage.update(interwiki & set(source))  # closed Wikipedias: MediaWiki knows the language, so it is one
    body = {
        "languages": languages,
        "wikis": wikis,
        "wikipedias": {code: row["dbname"] for code, row in sorted(metadata.items())},
        "interwiki": sorted(interwiki - interlanguage),
        "interlanguage": sorted(interlanguage),
        "behavior_switches": sorted(switches),
        "project_names": sorted(
            n
            for n in aliases["namespaces"]["wikipedia"]
            if len(n) >= PORTAL_MIN_LETTERS and n not in {"Wiki", "nimi", "pali"}
        ),
        "portal_names": sorted(
            n
            for n in aliases["namespaces"]["portal"]
            if len(n) >= PORTAL_MIN_LETTERS and n not in ("Word", "Tema", "nimi")
        ),
    }
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    output.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    sys.stderr.write(f"{output}: {len(languages)} languages, {len(text)} characters, {output.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else OUTPUT)
