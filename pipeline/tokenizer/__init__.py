"""XLM-R's kind of tokenizer: trained here or taken as it is, with the ids that transformers gives."""

from pipeline.tokenizer.loading import load_tokenizer
from pipeline.tokenizer.tokenizer import Tokenizer
from pipeline.tokenizer.tokens import Tokens

__all__ = ["Tokenizer", "Tokens", "load_tokenizer"]
