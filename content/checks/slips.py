"""Words that look as if the keyboard had slipped: keys of Telex or VNI left over, a tone on the wrong letter.

A word is doubted only when the keys left in it make a Vietnamese syllable ("tucj" is "tục"), or when its letters
are a syllable and only the tone is wrong ("caỉ"). Foreign words, names, acronyms and addresses are left alone.
"""

import re
from functools import lru_cache

from content.checks.syllables import LEVEL, TONES, is_syllable, spell, take_apart, tones_of

_TELEX_TONES = {"f": TONES["huyền"], "r": TONES["hỏi"], "x": TONES["ngã"], "s": TONES["sắc"], "j": TONES["nặng"]}
_TELEX_LETTERS = (
    ("dd", "đ"), ("uwow", "ươ"), ("uow", "ươ"), ("uwo", "ươ"),
    ("aa", "â"), ("ee", "ê"), ("oo", "ô"), ("aw", "ă"), ("ow", "ơ"), ("uw", "ư"),
)  # fmt: skip
_VNI_TONES = {"1": TONES["sắc"], "2": TONES["huyền"], "3": TONES["hỏi"], "4": TONES["ngã"], "5": TONES["nặng"]}
_VNI_LETTERS = {"6": ("aeo", "âêô"), "7": ("ou", "ơư"), "8": ("a", "ă"), "9": ("d", "đ")}
_FOREIGN_WRITTEN = (
    "bus gas has his was as is us this thus pos bias lens pens tens hens dens mens cans vans mans bans pans tans fans "
    "cons sons tons dons bins pins sins tins wins guns runs suns nuns hums sums gums hams dams rams gems tips tops "
    "maps caps taps laps gaps hits kits bits pits sets nets bets pets jets lots dots pots cats hats rats tics "
    "ups ios sos car bar her per tar sir or our air hair chair pair dear hear near tear lear liar tour "
    "box mix max tax sex six mux tex hex lux tux pix mex vox "
    "see bee lee tee too boo been seen teen keen soon moon noon boom room zoom doom queen green "
    "now how low row tow bow mow cow sow vow raw saw paw "
    "chef def ref roof hoof beef reef gif of if elf raj taj naan add odd dad "
    "yes des les mes ses las los dos nos vis avis pas mas "
    "the three there these here its does goes own owns down drawn docs says days rows nor char ver dir reset seem sees "
    "cuts puts huts nuts cups chips trips traps chats songs loops deps boys toys keys ties dies lies"
)
"""Words of other languages, frequent in our texts or near them, that would read as Telex."""
_FOREIGN = frozenset(_FOREIGN_WRITTEN.split())

_LONGEST = 16
"""Letters of a syllable and the keys left in it, and some more; trying every place of a longer word takes long."""
_NOT_WORDS = re.compile(
    r"(?i:[a-z][a-z0-9+-]{0,19}://\S+)|(?<!\S)[^\s@]*@\S*|#\w+|(?<![\w-])[\w-]+(?:\.[\w-]+)+(?:/\S*)?"
)
_WORD = re.compile(r"[^\W_]+")
_MARKED = re.compile(r"[^\x00-\x7f]")


def find_slips(text: str) -> dict[str, tuple[str, ...]]:
    """Each doubtful word with what it was probably meant to be, in reading order."""
    found: dict[str, tuple[str, ...]] = {}
    numbered: dict[str, tuple[str, ...]] = {}
    for word in dict.fromkeys(_WORD.findall(_NOT_WORDS.sub(" ", text))):
        meant = _meant(word)
        if meant:
            (numbered if any(letter.isdigit() for letter in word) else found)[word] = meant
    # One "bai1" is a name; two words of that kind were typed with VNI.
    return {**found, **numbered} if len(numbered) > 1 else found


@lru_cache(maxsize=20_000)
def _meant(word: str) -> tuple[str, ...]:
    small = word.casefold()
    if not 2 <= len(word) <= _LONGEST or is_syllable(small) or not (word.isupper() or word[1:].islower()):
        return ()
    letters, tones = take_apart(small)
    if tones or (_MARKED.search(small) and small.isalpha()):
        found = _tone_went_wrong(small, letters, tones)
        if found or tones or word.isupper():
            return found
    if word.isupper():
        return ()
    return _vni(small) if any(letter.isdigit() for letter in small) else _telex(word, small)


def _tone_went_wrong(word: str, letters: str, tones: str) -> tuple[str, ...]:
    """On the wrong letter ("caỉ"), twice ("hòá"), or missing where the syllable cannot be without ("đươc")."""
    if len(tones) == 1:
        meant = spell(letters, tones)
        return (meant,) if meant else ()
    found = tuple(spell(letters, mark) for mark in dict.fromkeys(tones)) if tones else tuple(tones_of(letters))
    return tuple(meant for meant in found if meant and meant != word)


def _telex(word: str, small: str) -> tuple[str, ...]:
    if small in _FOREIGN or len(small) < 3:
        return ()
    whole = _with_telex_letters(small)
    if whole != small and spell(whole, LEVEL):
        return (spell(whole, LEVEL),)
    for place in range(len(small) - 1, 0, -1):
        tone = _TELEX_TONES.get(small[place])
        if tone is None:
            continue
        rest = small[:place] + small[place + 1 :]
        letters = _with_telex_letters(rest)
        meant = spell(letters, tone)
        sure = letters != rest or small[place] in "fj" or bool(_MARKED.search(small))
        # "Chris" and "Lens" are names; "most" is English: s, r and x prove little.
        if meant and (sure or (place == len(small) - 1 and word == small)):
            return (meant,)
    return ()


def _with_telex_letters(word: str) -> str:
    for keys, letter in _TELEX_LETTERS:
        word = word.replace(keys, letter)
    return word


def _vni(word: str) -> tuple[str, ...]:
    letters, tone = "", LEVEL
    for sign in word:
        if sign in _VNI_TONES and letters and not tone:
            tone = _VNI_TONES[sign]
        elif sign in _VNI_LETTERS and (changed := _with_vni_letter(letters, *_VNI_LETTERS[sign])):
            letters = changed
        elif sign.isdigit():
            return ()
        else:
            letters += sign
    meant = spell(letters, tone)
    return (meant,) if meant and meant != word else ()


def _with_vni_letter(letters: str, plain: str, marked: str) -> str:
    """The last letter the digit can change, changed; "uo7" makes both "ươ". "" when there is none."""
    if plain == "ou" and "uo" in letters:
        return letters.replace("uo", "ươ")
    place = max(letters.rfind(letter) for letter in plain)
    return f"{letters[:place]}{marked[plain.index(letters[place])]}{letters[place + 1 :]}" if place >= 0 else ""
