"""Text that a wrong character set has spoilt: UTF-8 read as windows-1252, and the old sets TCVN3 and VNI.

Nobody can accept a text that is told to be spoilt, so only what cannot be honest counts. “QUÉT MÃ” and "XÃ…"
are honest: a capital Ã may end a word, and a quotation mark may follow it.
"""

import re
import unicodedata

from content.checks.syllables import is_syllable

VIETNAMESE = frozenset(
    letter
    for low in "ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
    for letter in (low, low.upper())
)
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


_TCVN3 = dict(
    zip(
        "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\u00adõøö÷ùúýûüþ§¡¢£¤¥¦",
        "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđăâêôơư",
        strict=True,
    )
)
_VNI_LETTERS = str.maketrans("ôöñæóòî", "ơưđỉĩịỵ")
_VNI_MARKS = {
    **dict(zip("ùøûõï", ("\u0301", "\u0300", "\u0309", "\u0303", "\u0323"), strict=True)),
    **dict(zip("âáàåãä", ("\u0302" + tone for tone in ("", *"\u0301\u0300\u0309\u0303\u0323")), strict=True)),
    **dict(zip("êéèúüë", ("\u0306" + tone for tone in ("", *"\u0301\u0300\u0309\u0303\u0323")), strict=True)),
}
"""VNI writes the marks as letters of their own, after the vowel: "tuïc" is "tục"."""
_VNI_PAIR = re.compile(f"([aeouyôö])([{''.join(_VNI_MARKS)}])")
_CAPITAL_INSIDE = re.compile("[a-z][\u00c0-\u00de]")
_OLD_WORD = re.compile("[A-Za-z\u00a1-\u00ffĐđ]+")


def in_an_old_set(text: str) -> list[str]:
    """The words that would be Vietnamese in TCVN3 or VNI and are nothing now, sorted. "Müller" is none of them."""
    return sorted({word for word in _OLD_WORD.findall(text) if len(word) > 1 and _is_old(word)})


def _is_old(word: str) -> bool:
    if all(letter.isascii() or letter in VIETNAMESE for letter in word) and not _CAPITAL_INSIDE.search(word):
        return False
    from_tcvn3 = "".join(_TCVN3.get(letter, letter) for letter in word)
    from_vni = _VNI_PAIR.sub(lambda pair: pair[1] + _VNI_MARKS[pair[2]], word.casefold()).translate(_VNI_LETTERS)
    return is_syllable(from_tcvn3) or is_syllable(unicodedata.normalize("NFC", from_vni))
