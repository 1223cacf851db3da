"""What the demo found, as its screen and its JSON line show it."""

from dataclasses import dataclass
from typing import Any

from cli.workflows.stages import Places, Tables
from pipeline.jobs.shards import ShardsReport
from xlmk_model.evaluation.retrieval import RetrievalReport
from xlmk_model.trainer import TrainReport


@dataclass(frozen=True, kw_only=True)
class DemoReport:
    """Everything the demo found. Losses are nats per masked token; recalls are shares between 0 and 1."""

    places: Places
    tables: Tables
    shards: ShardsReport
    training: TrainReport
    before: RetrievalReport
    after: RetrievalReport
    seconds: dict[str, float]

    @property
    def mlm_loss(self) -> dict[str, float]:
        """MLM loss on held-out passages."""
        return {"before": self.training.before["mlm_loss"], "after": self.training.after["mlm_loss"]}

    @property
    def retrieval_recall_at_10(self) -> dict[str, float]:
        """A masked mention in one language finds its entity's text in another: mean over pairs, entities held out."""
        return {"before": recall(self.before, "mention"), "after": recall(self.after, "mention")}

    def to_json(self) -> dict[str, Any]:
        """What `--json` prints, and `report.json` holds."""
        return {
            "tables": self.tables.rows(),
            "mlm_loss": self.mlm_loss,
            "retrieval_recall_at_10": self.retrieval_recall_at_10,
            "retrieval": {"before": self.before.to_json()["macro"], "after": self.after.to_json()["macro"]},
            "links_by_status": self.tables.resolved.statuses,
            "validation": {"before": self.training.before, "after": self.training.after},
            "seconds": self.seconds,
            "report": str(self.places.out / "report.txt"),
        }


def recall(report: RetrievalReport, probe: str, group: str = "held_out") -> float:
    """Recall at 10 of a probe, the mean over language pairs; 0 where the probe had no query."""
    scores = report.macro.get(probe, {}).get(group)
    return scores.recall_at_10 if scores is not None else 0.0
