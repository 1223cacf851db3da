"""The experiment in one picture: a group of bars a figure, a bar a branch, a dot a seed."""

from pathlib import Path
from statistics import mean

from cli.workflows.knowledge.gates import FIGURES, Figure
from cli.workflows.knowledge.report import ExperimentReport
from pipeline.manifest.storage import atomic_path

SHOWN: tuple[Figure, ...] = FIGURES[1:]
LABELS = (
    "names\nlinked",
    "names\nunlinked",
    "descriptions\nlinked",
    "descriptions\nunlinked",
    "continent of\nunseen countries",
)
COLOURS = {"mlm": "#9aa0a6", "mlm+mep+oe": "#1f6feb", "permuted": "#d4a72c", "remedy": "#8250df"}
LIMITS: dict[int, float] = {0: 20.0, 2: 40.0}
"""Gates that are a number: place among the groups → percent."""


def write_plot(report: ExperimentReport, path: Path) -> None:
    """Write the picture as a PNG; the same report gives the same bytes with the same matplotlib."""
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(9.0, 4.2), dpi=100, layout="constrained")
    axes = canvas.subplots()
    width = 0.8 / len(report.figures)
    for number, (branch, figures) in enumerate(report.figures.items()):
        places = [group - 0.4 + width * (number + 0.5) for group in range(len(SHOWN))]
        axes.bar(places, [mean(figures[name]) for name in SHOWN], width * 0.92, color=COLOURS[branch], label=branch)
        for place, name in zip(places, SHOWN, strict=True):
            axes.plot([place] * len(figures[name]), figures[name], "o", color="black", markersize=2.5, alpha=0.6)
            axes.text(place, max(figures[name]) + 1.0, f"{mean(figures[name]):.0f}", ha="center", fontsize=8)
    for group, limit in LIMITS.items():
        axes.plot([group - 0.45, group + 0.45], [limit, limit], "--", color="#cf222e", linewidth=1)
    axes.set_xticks(range(len(SHOWN)), LABELS)
    axes.set_ylabel("recall@10 between languages, accuracy (%)")
    axes.set_title(f"Raw states of the encoder, {len(report.seeds)} seeds (dots); dashed: gates", fontsize=10)
    axes.legend(frameon=False, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    with atomic_path(path) as staged:
        canvas.savefig(staged, format="png", metadata={"Software": ""})
