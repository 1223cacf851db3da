"""Question answering: MLQA, XQuAD, TyDi QA GoldP."""
