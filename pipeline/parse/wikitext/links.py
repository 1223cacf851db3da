"""Fourth pass: internal links, in the order and with the oddities of MediaWiki's `handleInternalLinks2`.

Local links of namespace 0 become `\\x02surface\\x03` and a title in the page's list; other links leave their text,
files a block mark or nothing, categories and interlanguage links nothing, and what is no link stays as it is written.
"""

import re

from pipeline.parse.wikitext import marks, scanner
from pipeline.parse.wikitext.images import is_block_image
from pipeline.parse.wikitext.quotes import strip_quotes_by_line
from pipeline.parse.wikitext.scanner_pure import LINK_TITLE, PLAIN
from pipeline.parse.wikitext.state import PageState
from pipeline.parse.wikitext.targets import Target, TargetClass
from pipeline.parse.wikitext.titles import capitalized

_OPEN_IMAGE = re.compile(LINK_TITLE + r"\|", re.DOTALL)
_BLOCK_MARK = re.compile("\x01.")
_LOCAL, _INVALID, _FILE = TargetClass.LOCAL, TargetClass.INVALID, TargetClass.FILE
_CATEGORY, _INTERLANGUAGE = TargetClass.CATEGORY, TargetClass.INTERLANGUAGE
_MAX_DEPTH = 40


def replace_links(text: str, state: PageState, depth: int = 0) -> str:
    """The text with internal links replaced; raises PageTooComplex for broken images nested too deep."""
    state.check_nesting(0 if depth < _MAX_DEPTH else state.options.max_nesting + 1)
    if "[[" not in text:
        return text
    rules, titles = state.rules, state.link_titles
    reader = scanner.current.read_links(text, rules.capitals, rules.trail_letters, rules.after_link)
    out = [""]
    steps = 1
    while (piece := reader.stretch(out, titles)) is not None:
        raw, label, kind, rest = piece
        if raw is None:
            _open_image(reader, rest, out, state, depth)
            steps += 1
        elif not _write_link(raw, label, kind, rest, out, state):
            steps += 1
    if not depth and titles:  # those in captions are among them
        steps += len(titles)
        state.count("links_local", len(titles))
    state.spend(steps)
    return "".join(out)


def _write_link(raw: str, label: str | None, kind: int, rest: str, out: list[str], state: PageState) -> bool:
    """Writes a link that needs thought, and what follows it; whether it is a local one."""
    rules, titles = state.rules, state.link_titles
    rough = kind % PLAIN != 0
    if rough and label is not None and "[" in label and rest.startswith("]"):
        label += "]"
        rest = rest[1:]
    shown = raw
    if kind < PLAIN:
        target = rules.targets.get(raw)
        if target is None:
            target = rules.target(raw)
        kind_of, title, fragment, shown, _, _ = target
        if kind_of is not _LOCAL:
            _append_other(target, raw, label, rest, rough, out, state)
            return False
        if fragment is not None:
            state.link_fragments[len(titles)] = fragment
        titles.append(title or state.title)
    else:
        titles.append(capitalized(raw, rules.site))
    surface = _surface(shown, label, rough)
    if rules.linkprefix is not None:
        surface = _take_prefix(out, rules.linkprefix) + surface
    if rest and rules.trail is not None and rest[0] not in rules.no_trail:
        found = rules.trail(rest)
        assert found is not None, "a trail may be empty"
        end = found.end()
        surface += rest[:end]
        rest = rest[end:]
    out.append(f"\x02{surface}\x03{rest}")
    return True


def _surface(shown: str, label: str | None, rough: bool) -> str:
    """What a link shows: its label, without markup if it has any, or its target."""
    if label is None:
        return shown.replace("'", marks.APOSTROPHE) if "''" in shown else shown
    return _marked_label(label) if rough else label


def _marked_label(label: str) -> str:
    """A label whose brackets no later pass reads, without its bold and italic marks, on one line."""
    if marks.BLOCK in label:
        label = _BLOCK_MARK.sub(" ", label)
    return strip_quotes_by_line(label.replace("[", marks.BRACKET)).replace("\n", " ")


def _append_other(
    target: Target, raw: str, label: str | None, rest: str, rough: bool, out: list[str], state: PageState
) -> None:
    """What stays of a link that is not kept: its wikitext, the text, a mark, or nothing."""
    state.count(target.counted)
    kind = target.kind
    if kind is _CATEGORY or kind is _INTERLANGUAGE:
        _strip_line_end(out)
        out.append(rest)
    elif kind is _FILE:
        box = label is not None and is_block_image(label, state.rules.site)
        out.append((marks.BOX if box else marks.NOTHING) + rest)
    elif kind is _INVALID:
        out.append(f"[[{raw}]]{rest}" if label is None else f"[[{raw}|{label}]]{rest}")
    else:
        out.append(f"{marks.INLINE_OPEN}{_surface(target.shown, label, rough)}{marks.INLINE_CLOSE}{rest}")


def _strip_line_end(out: list[str]) -> None:
    r"""Removes `\n\s*` from the end of what was written so far, as MediaWiki does before categories."""
    last = out[-1]
    if last and not last[-1].isspace():
        return
    spaces: list[str] = []
    while out:
        last = out.pop()
        kept = last.rstrip()
        spaces.append(last[len(kept) :])
        if kept:
            out.append(kept)
            break
    out.append("".join(reversed(spaces)).partition("\n")[0])


def _take_prefix(out: list[str], charset: re.Pattern[str]) -> str:
    """Takes the letters that stand right before a link off the text (Arabic `ال[[كتاب]]`)."""
    last = out[-1]
    start = len(last)
    while start > 0 and charset.match(last, start - 1):
        start -= 1
    if start > 0 and last[start - 1] == marks.BLOCK:
        start += 1  # the letter is part of a block mark
    out[-1] = last[:start]
    return last[start:]


def _open_image(reader: scanner.LinkReader, line: str, out: list[str], state: PageState, depth: int) -> None:
    """An image whose caption has links, or text: a `[[` that nothing closes up to the next one, where reading goes on.

    `line` is what stands between the two.
    """
    found = _OPEN_IMAGE.match(line)
    if found is None:
        out.append("[[" + line)
        return
    target = state.rules.target(found[1])
    if target.kind is _INVALID or not target.is_file:
        out.append("[[" + line)
        return
    caption = [line[found.end() :]]
    inner_links = 0
    while following := reader.following():
        parts = following.split("]]", 2)
        if len(parts) == 3:
            caption.append(f"{parts[0]}]]{parts[1]}")
            state.count("links_file")
            state.count("links_in_captions", inner_links + 1)
            box = is_block_image("".join(caption), state.rules.site)
            out.append((marks.BOX if box else marks.NOTHING) + parts[2])
            return
        if len(parts) == 1:
            caption.append(following)
            break
        inner_links += 1
        caption.append(f"{parts[0]}]]{parts[1]}")
    out.append(f"[[{found[1]}|" + replace_links("".join(caption), state, depth + 1))
