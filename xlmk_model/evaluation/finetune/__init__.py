"""Fine-tuning a checkpoint on a task in one language and scoring it in others."""
