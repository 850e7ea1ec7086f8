"""Marks and passages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.model import CaseStudy
from index.analysis import Analyser
from index.lexicon import Lexicon
from search.highlight import MAX_CHARACTERS, Highlighter, mark
from search.matched_forms import MatchedForms
from search.plain_text import plain, sections
from search.results import Marked
from search.snippets import NARROW, WIDE, snippet, snippet_of

ANALYSER = Analyser()

BODY = """## The challenge
Residents of the **most deprived** wards of Darlington live shorter lives. See [the strategy](http://a.org/a_b) too.

- Parks were far away.
- Open space was *poor*.

## Results
Health inequalities narrowed, said Dr. Smith of St. Helens. The cost was £1.2m in all.
"""


def record(**fields: str) -> CaseStudy:
    """A case study with some texts."""
    return CaseStudy(**{"id": "a", "title": "A title", **fields})  # type: ignore[arg-type]


def matching(query: str) -> MatchedForms:
    """What a query of plain words matches."""
    return MatchedForms(stems=frozenset(ANALYSER.stems(query)))


def shown(marked: Marked) -> str:
    """A marked text with brackets around its marks."""
    return "".join(f"[{piece}]" if matched else piece for piece, matched in marked.parts())


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("inequality", "Health inequalities in towns", "Health [inequalities] in towns"),
        ("health inequality", "Health inequalities in towns", "[Health inequalities] in towns"),
        ("health", "A health–care (HEALTH) hub", "A [health]–care ([HEALTH]) hub"),
        ("council", "The Council's plan", "The [Council's] plan"),
        ("coproduction", "We tried co-production, co production and coproduction.",
         "We tried [co-production], [co production] and [coproduction]."),
        ("20mph", "A 20 mph limit; 20mph; 20 people", "A [20 mph] limit; [20mph]; 20 people"),
        ("cafe", "The Café opened", "The [Café] opened"),
        ("organisation", "An organization", "An [organization]"),
        ("the", "The end of the road", "The end of the road"),
    ],
)  # fmt: skip
def test_every_form_of_a_stem_is_marked(query: str, text: str, expected: str) -> None:
    """Stems mark every spelling and inflection of a word, and neighbours as one; stop words are not stems."""
    assert shown(mark(text, MatchedForms(stems=frozenset(ANALYSER.stems(query)) - {"20", "mph"}), ANALYSER)) == expected


def test_phrases_are_marked_only_when_exact() -> None:
    """A phrase marks its own words in their order, stop words included, and nothing else."""
    phrase = MatchedForms(phrases=(("state", "of", "the", "art"),))
    assert shown(mark("A state-of-the-art hub", phrase)) == "A [state-of-the-art] hub"
    assert shown(mark("The State of the Art.", phrase)) == "The [State of the Art]."
    assert mark("state the art; the state; states of the art", phrase).spans == ()


def test_prefixes_and_exact_words() -> None:
    """A prefix marks whole words that begin with it; an exact word marks no other form."""
    assert shown(mark("regeneration, regenerate, region", MatchedForms(prefixes=("regen",)))) == (
        "[regeneration], [regenerate], region"
    )
    assert shown(mark("house houses housing", MatchedForms(words=frozenset({"houses"})))) == "house [houses] housing"


def test_a_lexicon_gives_the_same_marks_without_stemming() -> None:
    """Words grouped by stem in the lexicon mark what the stemmer would."""
    text = "Housing and houses, regenerated; co production, co-producing."
    lexicon = Lexicon.of((token.exact.encode(), 1, token.stem.encode()) for token in ANALYSER.tokens(text))
    matched = MatchedForms(stems=frozenset(ANALYSER.stems("house regeneration coproduction")))

    def never(word: str) -> str | None:
        raise AssertionError(f"{word} was stemmed")

    with_lexicon = Highlighter(matched, Analyser(), lexicon.forms)
    assert with_lexicon.mark(text) == mark(text, matched)
    plain_words = Highlighter(matched, Analyser(known_stem=never), lexicon.forms)
    assert shown(plain_words.mark("Housing and houses")) == "[Housing] and [houses]"


def test_markdown_is_stripped() -> None:
    """Snippet text has no Markdown signs, and keeps underscores and stars inside words."""
    assert plain("**Bold** and *thin* `code` [link](http://x.y/z) ![alt](p.png) <b>x</b> snake_case 2*3") == (
        "Bold and thin code link alt x snake_case 2*3"
    )
    assert plain("**Bold *and thin* text** [wiki](http://x/a_(b)) ***both*** _a_ ~~no~~ 5* hotel") == (
        "Bold and thin text wiki both a no 5* hotel"
    )
    assert plain("# Top\n> quoted\n> more\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| c | d |") == (
        "Top\nquoted\nmore\none\ntwo\na b\nc d"
    )
    assert plain("Line one\nline two\n\n\nNext \\*para\\*") == "Line one line two\nNext *para*"


def test_sections_follow_the_headings() -> None:
    """Each `## ` heading begins a section; text before the first has none."""
    assert [section.heading for section in sections("Lead.\n\n" + BODY)] == ["", "The challenge", "Results"]
    assert sections("## Empty\n\n## Full\nx")[0].heading == "Full"


def test_the_best_passages_cover_the_query() -> None:
    """Passages from two sections are shown where no one passage has all the words."""
    body = BODY.replace("See [", "It is long. " * 25 + "See [")
    found = snippet_of(record(summary="A plan.", body=body), matching("deprived inequalities"))
    assert [(passage.section, shown(passage.marked).split(".")[0]) for passage in found.passages] == [
        ("The challenge", "Residents of the most [deprived] wards of Darlington live shorter lives"),
        ("Results", "Health [inequalities] narrowed, said Dr"),
    ]
    assert all(len(passage.marked.text) <= NARROW for passage in found.passages)


def test_one_passage_where_it_says_it_all() -> None:
    """A passage with every word stands alone and wide, and abbreviations do not end it."""
    matched = matching("health inequalities smith cost")
    (passage,) = snippet_of(record(summary="A plan.", body=BODY), matched).passages
    assert passage.section == "Results"
    assert passage.marked.text == (
        "Health inequalities narrowed, said Dr. Smith of St. Helens. The cost was £1.2m in all."
    )
    assert not passage.cut_before
    assert not passage.cut_after


def test_rare_words_win() -> None:
    """The passage with the telling word is preferred to one with a common word."""
    filler = "Nothing here. " * 30
    body = f"## One\nThe council met. {filler}\n## Two\n{filler} Then came Welborne."
    weights = {"council": 0.1, "welborn": 5.0}
    (first, *_) = snippet_of(record(body=body), MatchedForms(stems=frozenset(weights), weights=weights)).passages[-1:]
    assert "Welborne" in first.marked.text


def test_no_match_gives_the_lead_of_the_summary() -> None:
    """Without a match the summary is shown, unmarked, in whole sentences."""
    long = "A first sentence about parks. " * 20
    for matched in (MatchedForms(), MatchedForms(stems=frozenset({"zebra"}))):
        (passage,) = snippet_of(record(summary=long, body=BODY), matched).passages
        assert passage.marked.spans == ()
        assert passage.cut_after
        assert passage.marked.text.endswith("parks.")
        assert 200 < len(passage.marked.text) <= WIDE
    assert snippet_of(record(), MatchedForms(stems=frozenset({"x"}))).passages == ()
    assert snippet_of(record(body=BODY), MatchedForms()).passages[0].section == "The challenge"


def test_long_sentences_are_cut_at_words_around_their_matches() -> None:
    """A sentence longer than a passage is cut at words, and its match stays inside."""
    text = "alpha " * 200 + "telecare savings " + "omega " * 200
    (passage,) = snippet_of(record(summary=text), matching("telecare savings")).passages
    assert "[telecare savings]" in shown(passage.marked)
    assert passage.cut_before
    assert passage.cut_after
    assert set(passage.marked.text.split()) == {"alpha", "telecare", "savings", "omega"}
    assert len(passage.marked.text) <= WIDE


def test_only_the_beginning_of_a_long_body_is_looked_at() -> None:
    """A body of megabytes costs no more than its first 100,000 characters, and each distinct word is looked up once."""
    sentence = "The council and its partners improved health in many deprived areas of the town this year. "
    long = "## One\n" + sentence * 60_000 + " telecare"
    highlighter = Highlighter(matching("health deprived areas council telecare"), ANALYSER)
    assert max(match.end for match in highlighter.matches(long)) <= MAX_CHARACTERS
    found = snippet(record(summary="A plan.", body=long), highlighter)
    assert found == snippet(record(summary="A plan.", body=long[: MAX_CHARACTERS + 200]), highlighter)
    assert len(highlighter._raws) < 20


HOSTILE = (
    "*a ", "_", "[", "![", "[a](", "<", "<http://a", "<!--", "## ", "\\*", "|", "- ", "`", "a. A. ", " ",
    "\n", "\n\n ", "1. ",
)  # fmt: skip


def test_no_text_takes_long() -> None:
    """Signs that are opened 100,000 characters long and never closed cost time in proportion only.

    All of them take a few seconds; work that grows with the square would take hours and is ended.
    """
    script = f"""
from corpus.model import CaseStudy
from search.matched_forms import MatchedForms
from search.snippets import snippet_of
matched = MatchedForms(words=frozenset({{"a"}}), phrases=(("a", "a"), ("a", "b")))
for hostile in {HOSTILE!r}:
    text = hostile * (100_000 // len(hostile))
    snippet_of(CaseStudy("a", "A title", summary=text, body="## " + text), matched)
"""
    subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=True, timeout=300)


WORDS = ["health", "Health's", "care", "co", "production", "co-production", "£5", "20", "mph", "é", "A", "x" * 70]
SIGNS = [".", ". ", "\n", "\n\n", " ", "## X\n", "**", "- ", "[a](b)", "\u00ad"]
texts = st.lists(st.sampled_from(WORDS + SIGNS), max_size=120).map(" ".join)


@given(texts, texts, st.sets(st.sampled_from(["health", "care", "co", "coproduct", "20mph", "product"])), st.booleans())
def test_snippets_are_well_formed(summary: str, body: str, stems: set[str], phrase: bool) -> None:
    """Whatever the text: at most two passages, bounded, marks ascending and apart, words never cut."""
    phrases = (("health", "care"), ("care", "co", "production")) if phrase else ()
    matched = MatchedForms(stems=frozenset(stems), phrases=phrases)
    found = snippet_of(record(summary=summary, body=body), matched, ANALYSER)
    assert len(found.passages) <= 2
    words = set(plain(summary).split()) | {word for section in sections(body) for word in section.text.split()}
    for passage in found.passages:
        marked = passage.marked
        assert marked.text == marked.text.strip()
        assert marked.text
        assert len(marked.text) <= WIDE
        assert set(marked.text.split()) <= words
        flat = [offset for span in marked.spans for offset in span]
        assert flat == sorted(set(flat))
        assert "".join(piece for piece, _ in marked.parts()) == marked.text
    if any(mark(text, matched, ANALYSER).spans for text in (plain(summary), *(s.text for s in sections(body)))):
        assert any(passage.marked.spans for passage in found.passages)


def test_a_phrase_across_a_full_stop_is_shown_whole() -> None:
    """A phrase may begin in one sentence and end in the next; both are shown as one."""
    study = CaseStudy("a", "A", body="They planted a wood. Land was cheap. " + "Nothing more. " * 40)
    found = snippet_of(study, MatchedForms(phrases=(("wood", "land"),)))
    assert [piece for piece, matched in found.passages[0].marked.parts() if matched] == ["wood. Land"]
