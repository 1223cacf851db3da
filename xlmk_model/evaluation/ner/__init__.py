"""Named entity recognition: CoNLL, PAN-X (WikiANN), MasakhaNER."""
