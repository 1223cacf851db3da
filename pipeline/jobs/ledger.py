"""What goes in must come out: the sums that a job checks before it publishes anything."""

from pipeline.errors import JobFailedError
from pipeline.manifest.publish import Manifest


def counts_of(manifest: Manifest) -> dict[str, int]:
    """The counts of a manifest."""
    counts = manifest["counts"]
    assert isinstance(counts, dict)
    return counts


def rejects_of(manifest: Manifest) -> dict[str, int]:
    """The rejects of a manifest by reason."""
    rejects = manifest["rejects"]
    assert isinstance(rejects, dict)
    return rejects


def check_ledger(manifest: Manifest, total: str, parts: tuple[str, ...]) -> None:
    """Refuses a manifest in which `total` is not the sum of `parts` and of everything that was rejected.

    >>> manifest = {"counts": {"pages": 5, "articles": 3}, "rejects": {"xml_error": 1}}
    >>> check_ledger(manifest, "pages", ("articles",))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    pipeline.errors.JobFailedError: the ledger does not add up: 5 pages in, but 3 articles + 1 rejected = 4; next: ...
    """
    counts, rejected = counts_of(manifest), sum(rejects_of(manifest).values())
    found = sum(counts.get(part, 0) for part in parts) + rejected
    expected = counts.get(total, 0)
    if found == expected:
        return
    terms = " + ".join(f"{counts.get(part, 0)} {part}" for part in parts)
    raise JobFailedError(
        f"the ledger does not add up: {expected} {total} in, but {terms} + {rejected} rejected = {found}",
        next_step="report this as a bug of xlmk; nothing was published",
    )


def check_rejects(manifest: Manifest, total: str, *, max_share: float, min_rejects: int) -> None:
    """Refuses a manifest with more than `max_share` of `total` rejected, unless they are at most `min_rejects`.

    >>> manifest = {"counts": {"pages": 100}, "rejects": {"xml_error": 9, "x": 2}}
    >>> check_rejects(manifest, "pages", max_share=0.02, min_rejects=10)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    pipeline.errors.JobFailedError: 11 of 100 pages were rejected (xml_error 9, x 2), more than the share of 0.02 ...
    """
    rejects = rejects_of(manifest)
    rejected, expected = sum(rejects.values()), counts_of(manifest).get(total, 0)
    if rejected <= min_rejects or rejected <= max_share * expected:
        return
    reasons = ", ".join(
        f"{name} {number}" for name, number in sorted(rejects.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    raise JobFailedError(
        f"{rejected} of {expected} {total} were rejected ({reasons}), more than the share of {max_share:g} that is"
        " tolerated; nothing was published",
        next_step="check that the file is the right dump, or raise --max-reject-share",
    )
