"""The possible Vietnamese syllables, made by rule: an onset, a rhyme, a tone.

The rules are a little generous ("nguêch" is possible and means nothing), because the set serves to doubt what
cannot be a syllable at all. Both ways of placing the tone are right: "hòa" and "hoà", "thủy" and "thuỷ".
"""

import unicodedata
from collections.abc import Iterator
from functools import cache

TONES = {"huyền": "\u0300", "hỏi": "\u0309", "ngã": "\u0303", "sắc": "\u0301", "nặng": "\u0323"}
MARKS = frozenset(TONES.values())
LEVEL = ""
"""The tone that is not written."""

_CONSONANTS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_RHYMES_WRITTEN = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
    "e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu "
    "o oc oi om on ong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt "
    "oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet ooc oong "
    "u ua uc ui um un ung up ut uân uâng uât uây uê uêch uênh uơ uy uya uych uynh uyp uyt uyu uyên uyêt "
    "uôc uôi uôm uôn uông uôt ư ưa ưc ưi ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu y yêm yên yêng yêt yêu"
)
_RHYMES_OF_QU_WRITTEN = (
    "a ac ach ai an ang anh ao at au ay ăc ăm ăn ăng ăp ăt ân âng ât ây âu e en eo et ê ên êt i it ich "
    "y yên yêt yt ynh ych ô ôc ơ ơi ơn ơt"
)
_ONSETS = ("", *_CONSONANTS.split())
_RHYMES, _RHYMES_OF_QU = _RHYMES_WRITTEN.split(), _RHYMES_OF_QU_WRITTEN.split()
_VOWELS = frozenset("aăâeêioôơuưy")
_STOPS = ("c", "ch", "p", "t")
_MEDIAL = ("oa", "oă", "oe", "uâ", "uê", "uơ", "uy")


def is_syllable(word: str) -> bool:
    """Whether a word, in any case, could be Vietnamese."""
    return word.casefold() in _spellings()


def spell(base: str, tone: str) -> str:
    """A syllable without its tone ("tuc") and the mark of a tone (or `LEVEL`), written well; "" when there is none."""
    return _by_sound().get((base, tone), "")


def tones_of(base: str) -> list[str]:
    """Every way to put a tone on a syllable that has lost it; empty when `base` is none."""
    return [found for mark in (LEVEL, *TONES.values()) if (found := spell(base, mark))]


def take_apart(word: str) -> tuple[str, str]:
    """A word as its letters without tones, and the tone marks found on them."""
    plain = unicodedata.normalize("NFD", word)
    marks = "".join(letter for letter in plain if letter in MARKS)
    return unicodedata.normalize("NFC", "".join(letter for letter in plain if letter not in MARKS)), marks


@cache
def _by_sound() -> dict[tuple[str, str], str]:
    """(letters without tone, tone mark) -> the usual spelling."""
    return {(base, mark): ways[0] for base, mark, ways in _all()}


@cache
def _spellings() -> frozenset[str]:
    return frozenset(way for _, _, ways in _all() for way in ways)


def _all() -> Iterator[tuple[str, str, list[str]]]:
    for onset in _ONSETS:
        for rhyme in _RHYMES_OF_QU if onset == "qu" else _RHYMES:
            if not _fit(onset, rhyme):
                continue
            for mark in (LEVEL, *TONES.values()):
                if rhyme.endswith(_STOPS) and mark not in (TONES["sắc"], TONES["nặng"]):
                    continue
                yield onset + rhyme, mark, [onset + way for way in _marked(rhyme, mark)]


def _fit(onset: str, rhyme: str) -> bool:
    """The spelling rules of c/k, g/gh, ng/ngh and gi; the loanwords with a long o ("xoong") keep to a few onsets."""
    front = rhyme[0] in "eêiy"
    if rhyme in ("ooc", "oong"):
        return onset in ("b", "c", "g", "m", "s", "x")
    if rhyme.startswith("yê"):
        return onset in ("", "qu")
    if onset in ("k", "gh", "ngh"):
        return front
    if onset == "c":
        return not front and not rhyme.startswith(_MEDIAL)
    if onset == "g":
        return not front or rhyme in ("i", "in")
    if onset == "ng":
        return not front
    return onset != "gi" or rhyme[0] not in "iy"


def _marked(rhyme: str, mark: str) -> list[str]:
    """The rhyme with its tone; where two ways are right, the one in newer spelling ("òa") first."""
    if not mark:
        return [rhyme]
    length = next((place for place, letter in enumerate(rhyme) if letter not in _VOWELS), len(rhyme))
    strong = [place for place in range(length) if rhyme[place] in "ăâêôơ"] or [rhyme.find("ư", 0, length)]
    if strong[-1] >= 0:
        places = [strong[-1]]
    elif length == 2 and length == len(rhyme):
        places = [0, 1] if rhyme in ("oa", "oe", "uy") else [0]
    else:
        places = [0 if length == 1 else 1]
    return [unicodedata.normalize("NFC", f"{rhyme[: place + 1]}{mark}{rhyme[place + 1 :]}") for place in places]
