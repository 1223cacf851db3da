"""`xlmk experiment knowledge`: does MEP + OE put knowledge into the encoder that MLM on the same texts does not?

world       generated dumps → tables → shards, twice: true, and with the descriptions permuted in each language
  ↓
branches    for each seed: MLM alone, then from that checkpoint each branch on the same texts in the same order
  ↓
probes      raw states of each branch's encoder, all on the true world
  ↓
gates       means over seeds against the thresholds; report, JSON, plot
"""
