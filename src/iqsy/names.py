"""Spellings of names, and the hygiene of text, in Arabic and in Latin script.

`fold` gives the key under which the spellings of one name in one script meet, `match` finds whose name a
spelling is, `script` tells which script a text is in, and UNSAFE is the one pattern for characters that text
must not hold.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

# --- hygiene ---

# One character class that Python's re, RE2 (DuckDB) and Rust's regex (polars) read alike. They share no
# escape for code points above U+00FF, so those stand in it as themselves; the source alone is ASCII.
UNSAFE = (
    "["
    r"\x00-\x1f\x7f-\x9f"  # controls, line breaks and tabs among them
    "\u2028\u2029"  # line breaks that only some readers of CSV see
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls: text stands in logical order
    # Invisible characters and the byte order mark; not ZWNJ and ZWJ, which shape letters.
    "\u00ad\u034f\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff"
    "\ufb50-\ufdff\ufe70-\ufefe"  # presentation forms: shapes of letters in place of letters
    "]"
)
_UNSAFE = re.compile(UNSAFE)


def unsafe_characters(text: str) -> list[str]:
    """The characters of `text` that UNSAFE matches, each once, for messages: `U+200E LEFT-TO-RIGHT MARK`."""
    found = dict.fromkeys(_UNSAFE.findall(text))
    return [f"U+{ord(char):04X} {unicodedata.name(char, 'without a name')}" for char in found]


def is_nfc(text: str) -> bool:
    """Whether `text` is in Unicode's composed normal form."""
    return unicodedata.is_normalized("NFC", text)


def script(text: str) -> str:
    """The script of the letters of `text`: ar, latin, none (no letter), or mixed (both, or any other)."""
    scripts = {
        _script_of_letter(char) for char in text if unicodedata.category(char) in ("Lu", "Ll", "Lt", "Lo")
    }
    if len(scripts) > 1:
        return "mixed"
    return scripts.pop() if scripts else "none"


@lru_cache(maxsize=2_048)
def _script_of_letter(letter: str) -> str:
    name = unicodedata.name(letter, "")
    return {"ARABIC": "ar", "LATIN": "latin"}.get(name.split(" ")[0], "mixed")


# --- folding ---

# Signs for hamza and ayn, which writers choose freely or leave out. Normalising would turn some of them into
# a space and an accent, so they go first.
_APOSTROPHES = re.compile("['`´‘’‛ʹʻʼʽʾʿˈ′]")

# A capital shows where the article ends (AlShammari); once the case is folded nothing does.
_JOINED_ARTICLE = re.compile(r"\b([AE]l)(?=[A-Z])")

# Letters that differ by keyboard or by dots which are often left out: wasla and alef, final ya, ta marbuta,
# Persian ya and kaf, Kurdish e, Turkish i. Hamza and madda need no entry: they are marks once the text is
# decomposed.
_ALIKE = str.maketrans("ٱىةیکەı" + "٠١٢٣٤٥٦٧٨٩" + "۰۱۲۳۴۵۶۷۸۹", "ايهيكهi" + "0123456789" * 2)

_SUN_LETTER = r"(?P<sun>sh|th|dh|[dnrstz])"

# Applied in this order to letters, digits and single spaces.
_SPELLINGS = (
    # Names made with Allah and al-Din are one word or two: يار الله and يارالله, Nour al-Din and Noureddine.
    (re.compile(r" (?=(?:الله|الدين)\b)"), ""),
    (re.compile(r" (?=[aou]llah\b)"), ""),
    (re.compile(r"(?<=\w\w) ?[aeu][ld] ?d(?:i|ee)ne?\b"), "uddin"),
    # Names made with Abd likewise, in Latin with any vowel and the article assimilated or not: Abd al-Rahman,
    # Abdul Rahman, Abdurrahman, Abdelrahman.
    (re.compile(r"\bعبد ال(?=\w)"), "عبدال"),
    (re.compile(rf"\babd ?[aeiou](?:l|{_SUN_LETTER}(?= ?(?P=sun))) ?(?=\w\w)"), "abdul"),
    # The article comes and goes (Rahmoun, al-Rahmoun), in Latin assimilated or not; الله alone keeps it.
    (re.compile(r"\bال(?=\w\w)(?!له\b)"), ""),
    (re.compile(rf"\b(?:[aeu]l|[ae]{_SUN_LETTER}(?= (?P=sun))) (?=\w)"), ""),
)


@lru_cache(maxsize=16_384)
def fold(text: str) -> str:
    """The key shared by the spellings of a name in one script: words of bare letters, one space between.

    Case, vowel signs, accents, tatweel, invisible characters, apostrophes, hyphens, the forms of hamza, ya
    and ta marbuta, articles and the joining of compound names make no difference. Vowels of a transliteration
    do; they are left to `match`.
    """
    # An article may stand behind an article that is dropped (الالباني): go on until nothing changes.
    key, previous = text, None
    while key != previous:
        previous, key = key, _fold_once(key)
    return key


def _fold_once(text: str) -> str:
    text = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text))
    # Mn holds vowel signs, hamza and accents, Lm tatweel and raised letters, Cf what cannot be seen.
    text = "".join(char for char in text if unicodedata.category(char) not in ("Mn", "Lm", "Cf"))
    text = _JOINED_ARTICLE.sub(r"\1 ", text).casefold().translate(_ALIKE)
    text = re.sub(r"[\W_]+", " ", text).strip()
    for spelling, plain in _SPELLINGS:
        text = spelling.sub(plain, text)
    return text


# --- matching ---

# How alike, of 100, two words must be to pass for one. Arabic leaves a spelling less choice than
# transliteration does, and one letter more is often another name there (محمد, محمود).
_ALIKE_ENOUGH = {"ar": 90.0, "latin": 85.0}

# How much of the score is kept where the longer name has words that the shorter lacks: at least this part.
_KEPT = 0.7

# Letters that write either of two sounds (Khaled is Khalid, Mohammed Muhammad; Kadhimi is Kazimi, Fayadh
# Fayad): both are tried.
_EITHER = (("e", "ai"), ("dh", "dz"))

# Then the sounds that transliteration writes in several ways are each brought to one, in this order.
_SOUNDS = (
    (re.compile(r"^al(?=\w{5})"), ""),  # an article written onto its word, where enough of the word is left
    (re.compile(r"^[ai]+"), "a"),  # ayn or hamza with any vowel: Irfan, Arfan; Issa, Eisa
    (re.compile(r"o[uo]?"), "u"),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"ay(?![aiu])"), "ai"),
    (re.compile(r"iy|y$"), "i"),
    (re.compile(r"ch"), "sh"),
    (re.compile(r"q"), "k"),
)


def match(query: str, candidates: Mapping[str, Iterable[str]], limit: int = 5) -> list[tuple[str, float]]:
    """Whose name `query` may be: up to `limit` pairs of a candidate's id and a score of 0 to 100, best first.

    `candidates` maps each id to the names it goes by, in either script; only names in the script of `query`
    can match. 100 is the same name but for spelling (`fold`). Below it, every word of the shorter name is
    written or sounds like a word of the longer, in the same order (a lone word like its last, the family
    name); each word that only the longer name has lowers the score. It is a suggestion: brothers and
    namesakes match too.
    """
    key = fold(query)
    scores = {
        candidate: max((_name_likeness(key, fold(name)) for name in names), default=0.0)
        for candidate, names in candidates.items()
    }
    ranked = sorted(scores.items(), key=lambda scored: (-scored[1], scored[0]))
    return [(candidate, score) for candidate, score in ranked[:limit] if score]


def _name_likeness(a: str, b: str) -> float:
    """How alike two folded names are, from 0 (different names) to 100 (the same key)."""
    if not a or not b:
        return 0.0
    if a == b:
        return 100.0
    shorter, longer = sorted((a.split(), b.split()), key=len)
    untried = iter(longer if len(shorter) > 1 else longer[-1:])
    total = 0.0
    for word in shorter:
        likeness = next((found for other in untried if (found := _word_likeness(word, other))), 0.0)
        if not likeness:
            return 0.0
        total += likeness
    # Only one key for both is certainty.
    return min(99.0, total / len(shorter) * (_KEPT + (1 - _KEPT) * len(shorter) / len(longer)))


@lru_cache(maxsize=65_536)
def _word_likeness(a: str, b: str) -> float:
    """How alike two words are in sound, from 0 (they do not pass for one) to 100."""
    from rapidfuzz import fuzz

    enough = _ALIKE_ENOUGH.get(script(a), 100.0)
    return max(fuzz.ratio(x, y, score_cutoff=enough) for x in _sounds(a) for y in _sounds(b))


def _sounds(word: str) -> set[str]:
    """The ways to read a word, each sound written in one way."""
    readings = {word}
    for letters, sounds in _EITHER:
        readings = {reading.replace(letters, sound) for reading in readings for sound in sounds}
    for spelling, sound in _SOUNDS:
        readings = {spelling.sub(sound, reading) for reading in readings}
    return readings
