"""The demo's last screen: what was made, what was learnt, how long it took, where it lies, what to try next."""

from cli.workflows.demo_report import DemoReport

WIDTH = 100
PROBES = {"mention": "masked mention in A → entity's text in B", "label": "name in A → name in B"}
GROUPS = {"held_out": "entities never linked in training", "seen": "entities linked in training"}


def demo_screen(report: DemoReport) -> list[str]:
    """One screen of at most 40 lines."""
    return [
        *_tables(report),
        "",
        *_links(report),
        "",
        *_tokens(report),
        "",
        *_learnt(report),
        "",
        *_where(report),
    ]


def _title(text: str) -> str:
    return f"── {text} ".ljust(WIDTH, "─")


def _tables(report: DemoReport) -> list[str]:
    cells = [f"{name} {rows:,}" for name, rows in report.tables.rows().items()]
    return [_title("rows per table"), *wrapped(cells)]


def _links(report: DemoReport) -> list[str]:
    total: dict[str, int] = {}
    for counts in report.tables.resolved.statuses.values():
        for status, number in counts.items():
            total[status] = total.get(status, 0) + number
    links = sum(total.values())
    cells = [
        f"{status} {number:,} ({number / links:.1%})" for status, number in sorted(total.items(), key=lambda x: -x[1])
    ]
    return [_title(f"{links:,} links by status"), *wrapped(cells)]


def _tokens(report: DemoReport) -> list[str]:
    lines = [_title("training tokens per language")]
    cells = [
        f"{lang} {parts['mlm']['train']['tokens']:,} MLM, {parts['mep']['train']['tokens']:,} MEP"
        for lang, parts in sorted(report.shards.languages.items())
    ]
    return [*lines, *wrapped(cells)]


def _learnt(report: DemoReport) -> list[str]:
    lines = [_title("before → after training, on pages and entities held out")]
    before, after = report.training.before, report.training.after
    names = {"mlm_loss": "MLM", "mep_loss": "MEP", "oe_loss": "OE"}
    losses = [f"{title} {before[name]:.2f} → {after[name]:.2f}" for name, title in names.items() if name in after]
    lines += ["loss (nats)   " + "    ".join(losses)]
    for probe in report.after.macro:
        for group, meaning in GROUPS.items():
            first, last = report.before.macro[probe].get(group), report.after.macro[probe].get(group)
            if first is None or last is None or not last.queries:
                continue
            text = PROBES.get(probe, "text in A → text in B")
            lines.append(
                f"recall@10     {first.recall_at_10:6.1%} → {last.recall_at_10:6.1%}   {text}, {meaning}"
                f" ({last.queries:,} queries)"
            )
    return lines


def _where(report: DemoReport) -> list[str]:
    places = report.places
    stages = [f"{name} {seconds:.0f}" for name, seconds in report.seconds.items()]
    total = sum(report.seconds.values())
    return [
        _title(f"seconds per stage, {total:.0f} in all"),
        *wrapped(stages),
        "",
        _title("where everything lies, and what to try next"),
        f"dumps {places.dumps}   tables {places.root}/tables   shards {places.shards}   run {places.run}",
        f'xlmk query --root {places.root} "SELECT lang, status, count(*) FROM mentions GROUP BY ALL ORDER BY ALL"',  # noqa: S608
        f"xlmk export {places.run} --to {places.out}/model",
        f"xlmk evaluate retrieval --model {places.run} --shards {places.shards}",
    ]


def wrapped(cells: list[str], width: int = WIDTH) -> list[str]:
    """Cells side by side, three spaces between them, in lines of at most `width` characters.

    >>> wrapped(["pages 12", "passages 30", "links 7"], width=25)
    ['pages 12   passages 30', 'links 7']
    """
    lines: list[str] = []
    for cell in cells:
        if lines and len(lines[-1]) + 3 + len(cell) <= width:
            lines[-1] += "   " + cell
        else:
            lines.append(cell)
    return lines
