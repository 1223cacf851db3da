"""A range of a dump file as a work item, and back."""

from pipeline.manifest.digests import digest
from pipeline.manifest.items import WorkItem
from pipeline.parse.dump.files import FileRange


def work_item(piece: FileRange, identity: str, flag: int = 0) -> WorkItem:
    """The item that reads `piece` of the file whose input digest is `identity`; `flag` travels with it.

    Its key does not depend on the order of the dumps, so a further `--dump` leaves finished items alone.

    >>> work_item(FileRange("d/x.xml", "plain", 512, 1024, 9000), "8c1f05aa77aa77", 1).key
    '8c1f05aa77-000000000512'
    """
    return WorkItem(
        key=f"{identity[:10]}-{piece.start:012d}",
        size=piece.end - piece.start,
        input_digest=digest([identity, piece.start, piece.end, piece.encoding, flag]),
        payload=(*piece, flag),
    )


def unpack(item: WorkItem) -> tuple[FileRange, int]:
    """The range and the flag of an item.

    >>> piece = FileRange("d/x.xml", "plain", 512, 1024, 9000)
    >>> unpack(work_item(piece, "8c1f05aa77aa77", 1)) == (piece, 1)
    True
    """
    *place, flag = item.payload
    assert isinstance(flag, int)
    return FileRange(*place), flag  # type: ignore[arg-type]
