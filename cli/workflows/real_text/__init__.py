"""The experiment on real text: real dumps, a real pre-trained encoder, MLM alone against MLM + MEP + OE."""
