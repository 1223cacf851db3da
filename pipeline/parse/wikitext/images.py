"""Image options: does `[[File:…|…]]` make a block or stay in its line? The caption is no prose either way."""

import functools
import re

from pipeline.languages.site import Site


@functools.lru_cache(maxsize=16)
def _block_options(site: Site) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    plain = {word for word in site.image_box | site.image_align if "$1" not in word}
    patterns = [re.escape(word).replace(r"\$1", ".*") for word in site.image_box if "$1" in word]
    return frozenset(plain), tuple(re.compile(pattern, re.DOTALL) for pattern in patterns)


def is_block_image(options: str, site: Site) -> bool:
    """Whether the options after the first bar make a box or float the image.

    >>> from pipeline.languages.site import bundled_site
    >>> [is_block_image(text, bundled_site("de")) for text in ("mini|Text", "20px", "rechts|20px", "rahmenlos")]
    [True, False, True, False]
    """
    words, patterns = _block_options(site)
    for option in options.split("|"):
        stripped = option.strip()
        if stripped in words:
            return True
        if "=" in stripped and any(pattern.fullmatch(stripped) for pattern in patterns):
            return True
    return False
