"""Judging a model: official metrics, fine-tuning on tasks, and probes of the bare encoder."""
