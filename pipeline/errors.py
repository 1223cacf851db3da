"""Errors a user can do something about: one clear line, both sides of the mismatch, and the next command."""


class XlmkError(Exception):
    """Base of every error that is shown to the user as one line (exit code 1), without a traceback.

    `message` says what is wrong and shows both sides (what was expected, what was found);
    `next_step` is what to do about it, usually a command.

    >>> str(XlmkError("no table 'pages' under KB/tables", next_step="xlmk extract wikipedia --root KB ..."))
    "no table 'pages' under KB/tables; next: xlmk extract wikipedia --root KB ..."
    """

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message}; next: {self.next_step}" if self.next_step else self.message

    def __reduce__(self) -> tuple[object, ...]:
        """Pickles with its keyword argument, so that it survives the way back from a worker process."""
        return _rebuild, (type(self), self.message, self.next_step)


def _rebuild(kind: type[XlmkError], message: str, next_step: str | None) -> XlmkError:
    return kind(message, next_step=next_step)


class ConfigError(XlmkError):
    """An option or configuration key has a value that cannot work; the message names the key."""


class InputError(XlmkError):
    """An input file is missing, truncated, not what it should be, or not what the tables were made from."""


class MissingTableError(XlmkError):
    """A table (or a part of it, or shards) that a later step needs is not there or is incomplete."""


class MismatchError(XlmkError):
    """Two things that must belong together do not: shards and tokenizer, checkpoint and config, table and manifest."""


class TargetError(XlmkError):
    """Output cannot be written: no permission, no space, or something else is in the way."""


class JobFailedError(XlmkError):
    """A job stopped: more pages were rejected than its bound allows, or an item failed."""
