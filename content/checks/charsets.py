"""Text that a wrong character set has spoilt: UTF-8 read as windows-1252.

Nobody can accept a text that is told to be spoilt, so only what cannot be honest counts. “QUÉT MÃ” and "XÃ…"
are honest: a capital Ã may end a word, and a quotation mark may follow it.
"""

import re

# What windows-1252 makes of the bytes 0x80 to 0xBF: what follows no word, and what may follow one.
_SIGN = "\u0080-\u009fƒ€ˆ‰Š‹ŒŽ™˜šœžŸ¡-ª¬-¯´-¶¸º¼-¿"
_MARK = "‚„‘’“”•–—…†‡›\u00a0«»·°¹²³"
_SURE = re.compile(
    f"Ã[{_SIGN}]"
    f"|(?<=[a-z])Ã[{_SIGN}{_MARK}]?"  # no word has a capital after small letters: “lÃ ”
    f"|Ä[\u0080-\u009f‘ƒ‚¨©]|Æ[¡°¯]"
    f"|áº[{_SIGN}{_MARK}]?|á»(?:[{_SIGN}‡]|(?=[a-z]))"  # but «giá» is a quotation
    f"|â[€\u0080][{_SIGN}{_MARK}]?"
)
_LIKELY = re.compile(f"Ã[‚’“”•](?=[^\\W\\d_])|á»[{_MARK}]|(?<=[A-Z])Æ\u00a0")
"""May be honest; but not in a text that has none of the letters which windows-1252 does not know."""
_ONLY_OURS = re.compile("[ăđơưĂĐƠƯ\u1ea0-\u1ef9]")


def twice_encoded(text: str) -> list[str]:
    """The pieces of UTF-8 that were read as windows-1252 ("Cáº£i cÃ¡ch"), each once, in their order."""
    found = [match.group() for match in _SURE.finditer(text)]
    if not _ONLY_OURS.search(text):
        found += [match.group() for match in _LIKELY.finditer(text)]
    return list(dict.fromkeys(found))
