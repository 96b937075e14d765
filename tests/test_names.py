"""Folding and matching of names, and the hygiene of text."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iqsy.names import UNSAFE, fold, is_nfc, match, script, unsafe_characters

# --- names, and the liberties that writers take with them ---


@dataclass(frozen=True)
class Name:
    """A name as given names, perhaps with the second part of one that starts with Abd, and a family name."""

    script: str
    given: tuple[str, ...]
    servant_of: str | None
    family: str

    def plain(self) -> str:
        """The name as a style sheet would have it."""
        abd, article = ("Abd", "al-") if self.script == "latin" else ("عبد", "ال")
        servant = [f"{abd} {article}{self.servant_of}"] if self.servant_of else []
        return " ".join([*servant, *self.given, article + self.family])


LATIN = st.builds(
    Name,
    st.just("latin"),
    st.lists(
        st.sampled_from(["Mohammed", "Khalid", "Qasim", "Asaad", "Fuad", "Hamid"]), min_size=1, max_size=2
    ).map(tuple),
    st.none() | st.sampled_from(["Amir", "Rahman", "Salam", "Karim", "Latif", "Shakur"]),
    st.sampled_from(["Shammari", "Rahmoun", "Dulaimi", "Sudani", "Araji", "Zaidi", "Ghizzi"]),
)
ARABIC = st.builds(
    Name,
    st.just("ar"),
    st.lists(
        st.sampled_from(["محمد", "خالد", "قاسم", "أسعد", "فؤاد", "مصطفى", "جمعة"]), min_size=1, max_size=2
    ).map(tuple),
    st.none() | st.sampled_from(["أمير", "رحمن", "كريم", "إله"]),
    st.sampled_from(["شمري", "رحمون", "شيباني", "أعرجي", "زيدي", "بطيخة", "ألباني"]),
)
NAMES = LATIN | ARABIC

# The assimilated article ends like the word begins.
SUN_LETTERS = ("sh", "d", "l", "n", "r", "s", "t", "z")
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u202b\u2066\u2069\ufeff\u00ad"
ACCENTS = "\u0301\u0304\u0323"
APOSTROPHES = "'`´‘’ʼʾʿ"
VOWEL_SIGNS = "\u064b\u064e\u064f\u0650\u0651\u0652\u0670"
TATWEEL = "\u0640"
HAMZA_SEATS = [("أإآا", "اأإآٱ"), ("ؤ", "ؤو"), ("ئ", "ئي"), ("ى", "ىيی"), ("ة", "ةه")]
ISOLATED_FORMS = {
    chr(int(decomposition.split()[1], 16)): chr(code)
    for code in range(0xFE80, 0xFEFD)
    if (decomposition := unicodedata.decomposition(chr(code))).startswith("<isolated>")
    and decomposition.count(" ") == 1
}


def assimilated(word: str) -> list[str]:
    return next(([sun] for sun in SUN_LETTERS if word.lower().startswith(sun)), [])


@st.composite
def sprinkled(draw: st.DrawFn, text: str, marks: str) -> str:
    """`text` with marks that say nothing strewn in."""
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(marks)) + text[at:]
    return text


@st.composite
def latin_spellings(draw: st.DrawFn, name: Name) -> str:
    words = list(name.given)
    if name.servant_of:
        other = name.servant_of
        forms = [f"Abd al-{other}", f"Abd el-{other}", f"Abdul {other}", f"Abdul-{other}", f"Abdel {other}"]
        forms += [f"Abdul{other.lower()}", f"Abdel{other.lower()}", f"Abd Al {other}", f"ʿAbd al-{other}"]
        for sun in assimilated(other):
            forms += [
                f"Abd a{sun}-{other}",
                f"Abdu{sun} {other}",
                f"Abdu{sun}{other.lower()}",
                f"Abde{sun}-{other}",
            ]
        words.insert(0, draw(st.sampled_from(forms)))
    articles = [
        "",
        "al-",
        "Al-",
        "al ",
        "Al ",
        "el-",
        "El ",
        "al\u2011",
        "AL-",
        *(f"a{sun}-" for sun in assimilated(name.family)),
    ]
    written_on = draw(st.booleans())
    words.append(draw(st.sampled_from(["Al", "El"] if written_on else articles)) + name.family)
    text = draw(st.sampled_from([" ", "  ", "\u00a0"])).join(words)
    # Capitals are what tells an article that is written onto its word.
    recasings: list[Callable[[str], str]] = [str] if written_on else [str, str.upper, str.lower]
    recase = draw(st.sampled_from(recasings))
    text = draw(sprinkled(recase(text), INVISIBLE + ACCENTS + APOSTROPHES))
    return unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD"])), text)


@st.composite
def arabic_spellings(draw: st.DrawFn, name: Name) -> str:
    words = list(name.given)
    if name.servant_of:
        words.insert(0, draw(st.sampled_from(["عبد ال", "عبدال"])) + name.servant_of)
    words.append(draw(st.sampled_from(["ال", ""])) + name.family)
    letters = []
    for letter in " ".join(words):
        choices = next((others for seats, others in HAMZA_SEATS if letter in seats), letter)
        letters.append(draw(st.sampled_from(choices)))
    text = draw(sprinkled("".join(letters), INVISIBLE + VOWEL_SIGNS + TATWEEL))
    if draw(st.booleans()):
        text = "".join(ISOLATED_FORMS.get(letter, letter) for letter in text)
    return unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD"])), text)


def spellings(name: Name) -> st.SearchStrategy[str]:
    return latin_spellings(name) if name.script == "latin" else arabic_spellings(name)


# --- folding ---


@given(st.text() | NAMES.flatmap(spellings))
def test_a_key_folds_to_itself(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(NAMES.flatmap(lambda name: st.tuples(spellings(name), spellings(name))))
def test_spellings_of_one_name_share_a_key(pair: tuple[str, str]) -> None:
    assert fold(pair[0]) == fold(pair[1])


@given(st.tuples(LATIN, LATIN) | st.tuples(ARABIC, ARABIC))
def test_different_names_have_different_keys(pair: tuple[Name, Name]) -> None:
    one, other = pair
    assert (fold(one.plain()) == fold(other.plain())) == (one == other)


@given(NAMES)
def test_a_key_is_words_in_the_script_of_the_name(name: Name) -> None:
    key = fold(name.plain())
    assert script(key) == name.script
    assert all(word.isalpha() and word == word.casefold() for word in key.split(" "))


@pytest.mark.parametrize(
    "same",
    [
        ["Rahmoun", "al-Rahmoun", "Al Rahmoun", "AlRahmoun", "ar-Rahmoun", "RAHMOUN"],
        ["الرحمون", "رحمون", "الرَّحْمون"],
        [
            "Abdul Amir al-Shammari",
            "Abdul-Amir al-Shammari",
            "Abd al-Amir al-Shammari",
            "ʿAbd al-Amīr ash-Shammarī",
        ],
        ["عبد الأمير الشمري", "عبدالامير الشمري", "عبد الامير الشمرى"],
        ["Abdullah", "Abd Allah", "Abdallah"],
        ["عبد الله", "عبدالله", "عبد اللّه", "عبد ﷲ"],
        ["Abdul Ali", "Abd al-Ali"],
        ["يار الله", "يارالله"],
        ["Nour al-Din al-Baba", "Noureddine al-Baba", "Nour ad-Din Baba", "Nouruddin al-Baba"],
        ["نور الدين البابا", "نورالدين البابا"],
        ["Nasrallah", "Nasr Allah"],
        ["Deir ez-Zor", "Deir al-Zor", "Deir Zor"],
        ["Işık", "isik"],
        ["اللواء ١٥", "اللواء 15", "لواء ۱۵"],
    ],
)
def test_known_spellings_share_a_key(same: list[str]) -> None:
    assert len({fold(spelling) for spelling in same}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mazloum Abdi", "Mazloum al-Abdali"),
        ("Abd Ali", "Abduli"),
        ("عبد فاضل", "عبد الفاضل"),
        ("علي", "العلي علي"),
        ("الله", "له"),
        ("US Syria envoy", "Syria envoy"),
        ("محمد", "محمود"),
    ],
)
def test_known_names_keep_their_own_keys(one: str, other: str) -> None:
    assert fold(one) != fold(other)


# --- matching ---

PEOPLE = {
    "abdul-amir-al-shammari": ["Abdul Amir al-Shammari", "عبد الأمير الشمري"],
    "asaad-al-shaibani": ["Asaad al-Shaibani", "أسعد الشيباني"],
    "hamid-al-ghizzi": ["Hamid al-Ghizzi", "حميد الغزي"],
    "hamid-al-shatri": ["Hamid al-Shatri", "حميد الشطري"],
    "mohammad-khalid-al-rahmoun": ["Mohammad Khalid al-Rahmoun", "محمد خالد الرحمون"],
    "mohammed-shia-al-sudani": ["Mohammed Shia al-Sudani", "محمد شياع السوداني"],
    "mustafa-al-kadhimi": ["Mustafa al-Kadhimi", "مصطفى الكاظمي"],
    "nobody": [],
}


@pytest.mark.parametrize(
    ("query", "person"),
    [
        ("Rahmoun", "mohammad-khalid-al-rahmoun"),
        ("الرحمون", "mohammad-khalid-al-rahmoun"),
        ("Mohammed Khalid al-Rahmoun", "mohammad-khalid-al-rahmoun"),
        ("Muhammad Khaled al-Rahmun", "mohammad-khalid-al-rahmoun"),
        ("Mohammad al-Rahmoun", "mohammad-khalid-al-rahmoun"),
        ("اللواء محمد خالد الرحمون", "mohammad-khalid-al-rahmoun"),
        ("Abdul-Amir al-Shammari", "abdul-amir-al-shammari"),
        ("Abd al-Amir al-Shammari", "abdul-amir-al-shammari"),
        ("Lt. Gen. Abdel Amir Al-Shimmari", "abdul-amir-al-shammari"),
        ("عبدالامير الشمري", "abdul-amir-al-shammari"),
        ("Asad al-Shaibani", "asaad-al-shaibani"),
        ("Asaad al-Shaybani", "asaad-al-shaibani"),
        ("Mustafa al-Kazemi", "mustafa-al-kadhimi"),
        ("Hameed Al-Shatri", "hamid-al-shatri"),
        ("حميد الشطرى", "hamid-al-shatri"),
    ],
)
def test_known_matches(query: str, person: str) -> None:
    assert [found for found, _ in match(query, PEOPLE)] == [person]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Khaled", "Khalid"),
        ("Kadhimi", "Kazimi"),
        ("Alhakim", "Hakim"),
        ("Iyad", "Ayad"),
        ("Othman", "Uthman"),
        ("Fayyadh", "Fayad"),
        ("Zaydi", "Zaidi"),
        ("Aly", "Ali"),
        ("Hicham", "Hisham"),
        ("Qasim", "Kasim"),
    ],
)
def test_transliterations_of_a_name_sound_alike_but_are_not_certain(one: str, other: str) -> None:
    ((_, score),) = match(one, {"x": [other]})
    assert score < 100


@pytest.mark.parametrize(
    "query",
    [
        "Hamid",
        "Mohammed",
        "محمد",
        "Hamid al-Shammari",
        "Mahmoud Khalid al-Rahmoun",
        "محمود خالد الرحمون",
        "Hussein",
        "",
        "—",
        "15",
    ],
)
def test_a_given_name_or_another_name_matches_nobody(query: str) -> None:
    assert match(query, PEOPLE) == []


@given(st.data(), st.lists(NAMES, min_size=1, max_size=5, unique_by=Name.plain))
def test_a_spelling_finds_its_own_name_first(data: st.DataObject, names: list[Name]) -> None:
    candidates = {str(number): [name.plain()] for number, name in enumerate(names)}
    number = data.draw(st.integers(0, len(names) - 1))
    (first, score), *others = match(data.draw(spellings(names[number])), candidates)
    assert (first, score) == (str(number), 100)
    assert all(0 < other < 100 for _, other in others)


@given(NAMES, st.lists(NAMES, max_size=6), st.integers(1, 4), st.data())
def test_matches_are_few_ranked_and_independent_of_order(
    query: Name, names: list[Name], limit: int, data: st.DataObject
) -> None:
    candidates = {str(number): [name.plain()] for number, name in enumerate(names)}
    found = match(query.plain(), candidates, limit)
    assert len(found) <= limit
    assert found == sorted(found, key=lambda scored: (-scored[1], scored[0]))
    assert found == match(query.plain(), dict(data.draw(st.permutations(list(candidates.items())))), limit)


@given(NAMES, NAMES)
def test_likeness_is_mutual_and_never_crosses_scripts(a: Name, b: Name) -> None:
    there = [score for _, score in match(a.plain(), {"x": [b.plain()]})]
    assert there == [score for _, score in match(b.plain(), {"x": [a.plain()]})]
    if a.script != b.script:
        assert there == []


def test_a_candidate_is_scored_by_its_closest_name() -> None:
    assert match("Abu Mohammad al-Jolani", {"x": ["Ahmed al-Sharaa", "Abu Mohammad al-Jolani"]}) == [
        ("x", 100)
    ]


def test_what_is_left_out_lowers_the_score() -> None:
    names = {"x": ["Mohammad Khalid al-Rahmoun"]}
    scores = [
        match(query, names)[0][1] for query in ("Rahmoun", "Mohammad al-Rahmoun", "Mohammad Khalid Rahmoun")
    ]
    assert scores == sorted(set(scores))


# --- scripts ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Baghdad", "latin"),
        ("Ján Kubiš, ʿAmmān", "latin"),
        ("بغداد", "ar"),
        ("«بغداد»، ١٢/٥ ـ 2024", "ar"),
        ("تنظيم ISIS", "mixed"),
        ("Москва", "mixed"),
        ("12/05/2024 – ١٢ ـ ʿ", "none"),
        ("", "none"),
    ],
)
def test_known_scripts(text: str, expected: str) -> None:
    assert script(text) == expected


@given(NAMES.map(Name.plain), st.text("0123456789 .,-–«»()؟،؛١٢٣\u0640\u064e", max_size=5))
def test_only_letters_have_a_script(name: str, rest: str) -> None:
    assert script(rest + name + rest) == script(name)
    assert script(rest) == "none"


@given(LATIN, ARABIC)
def test_two_scripts_are_mixed(latin: Name, arabic: Name) -> None:
    assert script(f"{latin.plain()} {arabic.plain()}") == "mixed"


# --- hygiene ---

BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
# Apart from surrogates, which no UTF-8 text holds.
CODE_POINTS = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]


def is_known_to_be_unsafe(char: str) -> bool:
    """What the Unicode database says of a character that no text of ours may hold."""
    name = unicodedata.name(char, "")
    return (
        unicodedata.category(char) in ("Cc", "Zl", "Zp")
        or unicodedata.bidirectional(char) in BIDI_CONTROLS
        or name
        in ("LEFT-TO-RIGHT MARK", "RIGHT-TO-LEFT MARK", "ARABIC LETTER MARK", "SOFT HYPHEN", "WORD JOINER")
        or name in ("ZERO WIDTH SPACE", "ZERO WIDTH NO-BREAK SPACE", "INVISIBLE SEPARATOR")
        or name in ("COMBINING GRAPHEME JOINER", "MONGOLIAN VOWEL SEPARATOR")
        or re.match("<(isolated|initial|medial|final)> 06", unicodedata.decomposition(char)) is not None
    )


def test_every_character_known_to_be_unsafe_is_named() -> None:
    missed = [
        f"U+{ord(char):04X}"
        for char in CODE_POINTS
        if is_known_to_be_unsafe(char) and not re.search(UNSAFE, char)
    ]
    assert missed == []


def test_letters_marks_and_punctuation_are_safe() -> None:
    ours = [
        chr(code)
        for code in [*range(0x20, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x250), *range(0x620, 0x700)]
    ]
    assert [char for char in [*ours, *"–—“”‘’…«»•\u200c\u200d"] if re.search(UNSAFE, char)] == []


def matched_by_each_engine(texts: list[str]) -> tuple[list[bool], list[bool], list[bool]]:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    with duckdb.connect() as connection:
        connection.register("frame", frame.to_arrow())
        rows = connection.execute("SELECT regexp_matches(text, ?) FROM frame", [UNSAFE]).fetchall()
    return (
        [re.search(UNSAFE, text) is not None for text in texts],
        [matched for (matched,) in rows],
        frame["text"].str.contains(UNSAFE).to_list(),
    )


def test_engines_agree_on_every_code_point() -> None:
    python, duck, polars = matched_by_each_engine(CODE_POINTS)
    assert python == duck == polars


@given(
    st.lists(
        st.text(
            st.sampled_from("aب \n\x00\x7f\x85\xad\u061c\u200c\u200e\u2028\ufefc\U0001f600")
            | st.characters(exclude_categories=["Cs"])
        ),
        min_size=1,
    )
)
def test_engines_agree_on_random_text(texts: list[str]) -> None:
    python, duck, polars = matched_by_each_engine(texts)
    assert python == duck == polars


@given(st.text())
def test_the_characters_named_are_those_matched(text: str) -> None:
    named = unsafe_characters(text)
    assert bool(named) == bool(re.search(UNSAFE, text))
    left = "".join(char for char in text if f"U+{ord(char):04X}" not in {name.split()[0] for name in named})
    assert unsafe_characters(left) == []


def test_unsafe_characters_are_named_once_in_order() -> None:
    assert unsafe_characters("a\u200eب\n\u200e\ufefb") == [
        "U+200E LEFT-TO-RIGHT MARK",
        "U+000A without a name",
        "U+FEFB ARABIC LIGATURE LAM WITH ALEF ISOLATED FORM",
    ]


@given(st.text())
def test_only_composed_text_is_nfc(text: str) -> None:
    assert is_nfc(unicodedata.normalize("NFC", text))


def test_a_detached_hamza_is_not_nfc() -> None:
    assert not is_nfc("ا\u0654")
