"""The word list of a generation."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import IndexDamaged, StorageFailed
from index.lexicon import Lexicon, letter_mask, lexicon_arrays, write_arrays

ENTRIES = [
    (b"regenerate", 3, b"regener"),
    (b"regeneration", 12, b"regener"),
    (b"regent", 1, b"regent"),
    (b"housing", 40, b"hous"),
    (b"house", 9, b"hous"),
    ("łódź".encode(), 1, "łódź".encode()),
    (b"20mph", 2, b"20mph"),
]

word = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


@pytest.fixture(params=["memory", "file"])
def lexicon(request: pytest.FixtureRequest, tmp_path: Path) -> Lexicon:
    """The same lexicon in memory and from a file."""
    if request.param == "memory":
        return Lexicon.of(ENTRIES)
    write_arrays(tmp_path / "lexicon.cfl", lexicon_arrays(ENTRIES))
    return Lexicon.open(tmp_path / "lexicon.cfl")


def test_find_gives_ordinals_in_byte_order(lexicon: Lexicon) -> None:
    """Words stand in byte order, and each is found at its place."""
    assert list(lexicon) == sorted((word.decode() for word, _, _ in ENTRIES), key=str.encode)
    assert [lexicon.find(word) for word in lexicon] == list(range(len(ENTRIES)))


def test_unknown_words_are_not_found(lexicon: Lexicon) -> None:
    """What the corpus does not hold has the ordinal -1 and no stem."""
    for unknown in ("", "regen", "zebra", "housings", "\ud800"):
        assert lexicon.find(unknown) == -1
        assert lexicon.stem(unknown) is None
    assert "housing" in lexicon
    assert 3 not in lexicon


def test_df_and_stem_of_a_word(lexicon: Lexicon) -> None:
    """Each word carries its own frequency and stem."""
    assert lexicon.df(lexicon.find("regeneration")) == 12
    assert lexicon.df(lexicon.find("20mph")) == 2
    assert lexicon.stem("housing") == "hous"
    assert lexicon.stem("łódź") == "łódź"


def test_forms_of_a_stem(lexicon: Lexicon) -> None:
    """A stem leads back to every word that has it."""
    assert lexicon.forms("regener") == ["regenerate", "regeneration"]
    assert lexicon.forms("hous") == ["house", "housing"]
    assert lexicon.forms("ho") == []
    assert lexicon.forms("zzz") == []


def test_all_words_and_stems_at_once(lexicon: Lexicon) -> None:
    """Whoever needs most words gets all in one pass."""
    assert lexicon.words() == sorted(word for word, _, _ in ENTRIES)
    assert lexicon.stems() == {word.decode(): stem.decode() for word, _, stem in ENTRIES}


def test_a_lexicon_may_be_empty(tmp_path: Path) -> None:
    """An index without words has an empty lexicon."""
    write_arrays(tmp_path / "lexicon.cfl", lexicon_arrays([]))
    lexicon = Lexicon.open(tmp_path / "lexicon.cfl")
    lexicon.verify()
    assert len(lexicon) == 0
    assert lexicon.find("housing") == -1
    assert lexicon.forms("hous") == []
    assert (lexicon.words(), lexicon.stems()) == ([], {})


def test_a_word_given_twice_keeps_its_greatest_frequency() -> None:
    """Sorted and unsorted, single and repeated entries make the same lexicon."""
    lexicon = Lexicon.of([(b"b", 1, b"b"), (b"a", 5, b"a"), (b"a", 2, b"a"), (b"", 3, b"")])
    assert [(word, lexicon.df(lexicon.find(word))) for word in lexicon] == [("a", 5), ("b", 1)]


def test_a_flipped_byte_is_noticed(tmp_path: Path) -> None:
    """No damaged byte gives a wrong word: reading it raises."""
    path = tmp_path / "lexicon.cfl"
    write_arrays(path, lexicon_arrays(ENTRIES))
    data = bytearray(path.read_bytes())
    data[data.find(b"housing")] ^= 1
    path.write_bytes(data)
    lexicon = Lexicon.open(path)
    with pytest.raises(IndexDamaged, match="lexicon"):
        lexicon.find("housing")
    with pytest.raises(IndexDamaged):
        lexicon.verify()


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path) -> None:
    """A disk that refuses is a StorageFailed that names the file."""
    with pytest.raises(StorageFailed, match=r"lexicon\.cfl"):
        write_arrays(tmp_path / "missing" / "lexicon.cfl", lexicon_arrays(ENTRIES))


@given(st.dictionaries(word, st.tuples(st.integers(1, 10**6), word), max_size=30), word)
def test_a_lexicon_is_the_dictionary_that_made_it(known: dict[str, tuple[int, str]], probe: str) -> None:
    """Look-ups, groups and ranges agree with plain dictionaries."""
    lexicon = Lexicon.of((word.encode(), df, stem.encode()) for word, (df, stem) in known.items())
    assert set(lexicon) == set(known)
    assert (probe in lexicon) == (probe in known)
    for word_, (df, stem) in known.items():
        assert (lexicon.df(lexicon.find(word_)), lexicon.stem(word_)) == (df, stem)
        assert set(lexicon.forms(stem)) == {other for other, (_, its) in known.items() if its == stem}
        assert lexicon.masks()[lexicon.find(word_)] == letter_mask(word_.encode())
    assert lexicon.stems() == {word_: stem for word_, (_, stem) in known.items()}
