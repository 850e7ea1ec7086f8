"""The command line: what each verb prints, and the code with which it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import cli
from corpus import CaseStudy
from index import index_info
from webui import create_app

RECORDS = [
    CaseStudy(
        id="wigan-warm-homes",
        title="Warmer homes in Wigan",
        summary="Insulating terraced houses for people on low incomes.",
        body="## The challenge\n\nCold houses make people ill.\n\n## The impact\n\nBills fell by a third.",
        councils=("Wigan Metropolitan Borough Council",),
        themes=("housing", "public-health"),
        funding=("One Public Estate",),
        year=2021,
    ),
    CaseStudy(
        id="brent-parks",
        title="Parks for health",
        summary="Walking groups in the parks of Brent.",
        body="Doctors send people to walk in parks.",
        councils=("Brent London Borough Council",),
        themes=("public-health",),
        year=2019,
    ),
    CaseStudy(
        id="leeds-depot",
        title="A depot becomes houses",
        summary="Old council depot sold for houses.",
        councils=("Leeds City Council",),
        themes=("housing",),
        funding=("One Public Estate",),
        year=2016,
    ),
]


def write(path: Path, records: list[CaseStudy]) -> Path:
    """The records as JSON Lines."""
    lines = (json.dumps({name: value for name, value in record.to_dict().items() if value}) for record in records)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three case studies in a file."""
    return write(tmp_path_factory.mktemp("corpus") / "three.jsonl", RECORDS)


@pytest.fixture(scope="module")
def index(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the three, built by the command."""
    path = tmp_path_factory.mktemp("index") / "index"
    result = CliRunner().invoke(cli.casefinder, ["--index", str(path), "index", "build", "--corpus", str(corpus)])
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("Indexed 3 case studies in ")
    return path


Run = Callable[..., Result]


@pytest.fixture
def run(index: Path) -> Run:
    """Call a verb over the index of three; `code` is the exit code that it must give."""

    def call(*arguments: str, code: int = 0, color: bool = False) -> Result:
        result = CliRunner().invoke(cli.casefinder, ["--index", str(index), *arguments], color=color)
        assert result.exit_code == code, (result.stdout, result.stderr, result.exception)
        return result

    return call


def answer(result: Result) -> Any:
    """What a verb printed with --json."""
    return json.loads(result.stdout)


def ids(result: Result) -> list[str]:
    """The ids of the hits of a search with --json."""
    return [hit["id"] for hit in answer(result)["hits"]]


def test_search_prints_hits_and_facets(run: Run) -> None:
    """A search prints the total, each hit with its facts and its best passage, and the leading facet values."""
    lines = run("search", "terraced houses").stdout.splitlines()
    assert lines[0].startswith("2 case studies (")
    assert lines[2] == "  1. Warmer homes in Wigan"
    assert lines[3] == "     Wigan Metropolitan Borough Council · 2021 · wigan-warm-homes"
    assert any(line.startswith("Theme: Housing 2") for line in lines)
    assert any(line.startswith("Funder: One Public Estate 2") for line in lines)


def test_words_need_no_quotes(run: Run) -> None:
    """Several arguments are one query."""
    assert ids(run("search", "terraced", "houses", "--json")) == ids(run("search", "terraced houses", "--json"))


def test_matches_are_bold_on_a_terminal_only(run: Run) -> None:
    """Matched words are bold where there are colours, plain in a file."""
    bold = "\x1b[1m"
    assert f"{bold}houses" in run("search", "depot houses", color=True).stdout
    assert bold not in run("search", "depot houses").stdout


def test_search_json_is_the_api(run: Run, index: Path) -> None:
    """`search --json` prints exactly what the API answers to the same question."""
    from_cli = answer(run("search", "terraced houses", "--theme", "housing", "--json"))
    client = create_app(index).test_client()
    from_api = client.get("/api/v1/search?q=terraced+houses&theme=housing&facets=theme,funding,council").get_json()
    for timed in (from_cli, from_api):
        timed.pop("took_ms")
    assert from_cli == {name: from_api[name] for name in from_cli}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--theme", "public-health"], {"wigan-warm-homes", "brent-parks"}),
        (["--theme", "Public health"], {"wigan-warm-homes", "brent-parks"}),
        (["--funding", "OPE"], {"wigan-warm-homes", "leeds-depot"}),
        (["--funding", "none"], {"brent-parks"}),
        (["--council", "LB Brent"], {"brent-parks"}),
        (["--council", "LB Brent", "--council", "Leeds"], {"brent-parks", "leeds-depot"}),
        (["--region", "north west"], {"wigan-warm-homes"}),
        (["--council-type", "london borough"], {"brent-parks"}),
        (["--year", "2019"], {"brent-parks"}),
        (["--year-from", "2019"], {"wigan-warm-homes", "brent-parks"}),
        (["--year-to", "2018"], {"leeds-depot"}),
        (["--exclude", "theme=Housing"], {"brent-parks"}),
        (["--exclude", "council-type=London borough", "--theme", "housing"], {"wigan-warm-homes", "leeds-depot"}),
    ],
)
def test_filters_take_what_people_call_things(run: Run, options: list[str], expected: set[str]) -> None:
    """A facet value may be given by slug, label, alias or another name; several of one facet mean any of them."""
    assert set(ids(run("search", *options, "--json"))) == expected


def test_unknown_values_name_the_nearest(run: Run) -> None:
    """Every unknown value is named at once, with the nearest known one, and the code is 2."""
    result = run("search", "x", "--theme", "hosing", "--council", "Wigann", code=2)
    assert result.stderr.startswith("Error: There is no theme 'hosing' (did you mean 'housing'")
    assert "There is no council 'Wigann' (did you mean 'Wigan Metropolitan Borough Council'" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search", "x", "--page", "0"], "Invalid value for '--page': 0 is not in the range"),
        (["search", "x", "--limit", "100000"], "Invalid value for '--limit'"),
        (["search", "x", "--sort", "best"], "Invalid value for '--sort': 'best' is not one of"),
        (["search", "x", "--year-from", "then"], "Invalid value for '--year-from': 'then' is not a valid integer"),
        (["search", "x", "--exclude", "housing"], "--exclude 'housing' is not FACET=VALUE"),
        (["serach", "x"], "No such command 'serach'."),
        (["search", "x", "--thme", "housing"], "--thme"),
        (["show"], "Missing argument 'ID'"),
    ],
)
def test_wrong_input_leaves_with_2(run: Run, arguments: list[str], message: str) -> None:
    """Whatever was typed wrongly is named on stderr, and the code is 2."""
    assert message in run(*arguments, code=2).stderr.replace('"', "'")


def test_nothing_found_leaves_with_1(run: Run) -> None:
    """An empty answer is still an answer, with the code 1 and each word's own count."""
    lines = run("search", "--literal", "+parks +depot", code=1).stdout.splitlines()
    assert lines[0].startswith("0 case studies")
    assert "  parks: 1 case study on its own" in lines
    assert answer(run("search", "--literal", "+parks +depot", "--json", code=1))["total"] == 0


def test_page_past_the_end_says_so(run: Run) -> None:
    """A page that is not there gives the code 1 and the number of pages that are."""
    assert "There is no page 9: 3 case studies make 1 page." in run("search", "--page", "9", code=1).stdout


def test_pages_follow_one_another(run: Run) -> None:
    """Pages of one hit each hold all hits, each once, in the order of the whole."""
    whole = ids(run("search", "--sort", "newest", "--json"))
    pages = [
        ids(run("search", "--sort", "newest", "--limit", "1", "--page", str(page), "--json")) for page in (1, 2, 3)
    ]
    assert [id for page in pages for id in page] == whole == ["wigan-warm-homes", "brent-parks", "leeds-depot"]


def test_newest_first_without_a_query(run: Run) -> None:
    """As on the page, everything is ordered by year where no words say what is relevant."""
    assert ids(run("search", "--json")) == ["wigan-warm-homes", "brent-parks", "leeds-depot"]
    assert ids(run("search", "--json", "--sort", "title")) == ["leeds-depot", "brent-parks", "wigan-warm-homes"]


def test_show_prints_a_record(run: Run) -> None:
    """`show` prints every field that is filled, and the body; as JSON, the record."""
    text = run("show", "wigan-warm-homes").stdout
    assert "Themes:        housing, public-health" in text
    assert "Bills fell by a third." in text
    shown = CaseStudy.from_dict(answer(run("show", "wigan-warm-homes", "--json")))
    assert shown.body == RECORDS[0].body
    assert shown.region == "North West"


def test_show_of_an_unknown_id(run: Run) -> None:
    """An id that is not there gives the code 1, and null as JSON."""
    assert "There is no case study 'nowhere'." in run("show", "nowhere", code=1).stderr
    assert answer(run("show", "nowhere", "--json", code=1)) is None


def test_explain_sums_to_the_score(run: Run) -> None:
    """`explain` prints a tree whose root is the score that `search` gives, and whose parts sum to it."""

    def check(part: dict[str, Any]) -> None:
        if part["details"]:
            assert part["value"] == pytest.approx(sum(detail["value"] for detail in part["details"]), abs=1e-4)
            for detail in part["details"]:
                check(detail)

    tree = answer(run("explain", "terraced houses", "wigan-warm-homes", "--json"))
    check(tree)
    hits = answer(run("search", "terraced houses", "--json"))["hits"]
    hit = next(hit for hit in hits if hit["id"] == "wigan-warm-homes")
    assert tree["value"] == pytest.approx(hit["score"], abs=1e-4)
    assert run("explain", "terraced houses", "wigan-warm-homes").stdout.startswith(f"{tree['value']:8.4f}  ")


def test_explain_of_what_does_not_match(run: Run) -> None:
    """A case study that does not match, or is not there, gives the code 1 and says which."""
    assert "does not match this query" in run("explain", "depot", "brent-parks", code=1).stderr
    assert "is not in the index" in run("explain", "depot", "nowhere", code=1).stderr


def test_build_only_if_changed(run: Run, corpus: Path) -> None:
    """`--if-changed` builds nothing when records and analyser are the same."""
    assert "is up to date" in run("index", "build", "--if-changed", "--corpus", str(corpus)).stdout
    assert answer(run("index", "build", "--if-changed", "--json", "--corpus", str(corpus)))["changed"] is False


def test_build_if_changed_builds(tmp_path: Path) -> None:
    """`--if-changed` builds where there is no index, and again when a record differs."""
    corpus = write(tmp_path / "records.jsonl", RECORDS[:2])
    call = ["--index", str(tmp_path / "index"), "index", "build", "--if-changed", "--json", "--corpus", str(corpus)]
    assert answer(CliRunner().invoke(cli.casefinder, call))["documents"] == 2
    write(corpus, RECORDS)
    assert answer(CliRunner().invoke(cli.casefinder, call))["documents"] == 3
    assert answer(CliRunner().invoke(cli.casefinder, call))["changed"] is False


def test_update_counts_what_changed(tmp_path: Path) -> None:
    """`index update` adds, replaces and removes by content, and says how many of each."""
    corpus = write(tmp_path / "records.jsonl", RECORDS[:2])
    index = ["--index", str(tmp_path / "index")]
    assert CliRunner().invoke(cli.casefinder, [*index, "index", "build", "--corpus", str(corpus)]).exit_code == 0
    write(corpus, [CaseStudy(**{**RECORDS[0].to_dict(), "title": "Warm homes, warm hearts"}), RECORDS[2]])
    result = CliRunner().invoke(cli.casefinder, [*index, "index", "update", "--corpus", str(corpus)])
    assert result.stdout.startswith("1 added, 1 replaced, 1 removed, 0 unchanged, in "), result.stderr
    found = CliRunner().invoke(cli.casefinder, [*index, "search", "hearts", "--json"])
    assert ids(found) == ["wigan-warm-homes"]


def test_update_merges_when_told(tmp_path: Path) -> None:
    """`index update --merge` leaves one segment, also where no record changed."""
    corpus = write(tmp_path / "records.jsonl", RECORDS[:2])
    index = ["--index", str(tmp_path / "index")]
    update = [*index, "index", "update", "--corpus", str(corpus)]
    assert CliRunner().invoke(cli.casefinder, [*index, "index", "build", "--corpus", str(corpus)]).exit_code == 0
    write(corpus, RECORDS)
    segments = []
    for call in (update, [*update, "--merge"]):
        assert CliRunner().invoke(cli.casefinder, call).exit_code == 0
        segments.append(index_info(tmp_path / "index").segments)
    assert segments == [2, 1]


def test_verify_and_info(run: Run) -> None:
    """`verify` reads every file, `info` names the generation, the counts and the versions."""
    assert run("index", "verify").stdout.strip().endswith("no problems.")
    info = answer(run("index", "info", "--json"))
    assert info["documents"] == 3
    assert info["generation"] == answer(run("index", "verify", "--json"))["generation"]
    assert "Case studies:   3" in run("index", "info").stdout


def test_verify_finds_an_altered_file(tmp_path: Path, corpus: Path) -> None:
    """One flipped byte in a file of the index gives the code 2 and the name of the file."""
    index = ["--index", str(tmp_path / "index")]
    assert CliRunner().invoke(cli.casefinder, [*index, "index", "build", "--corpus", str(corpus)]).exit_code == 0
    largest = max((tmp_path / "index").rglob("*.pst"), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    result = CliRunner().invoke(cli.casefinder, [*index, "index", "verify"])
    assert result.exit_code == 2
    assert largest.name in result.stderr
    assert "casefinder index build" in result.stderr


@pytest.mark.parametrize("verb", [["search", "x"], ["show", "x"], ["index", "info"], ["index", "verify"], ["serve"]])
def test_missing_index_names_the_command(tmp_path: Path, verb: list[str]) -> None:
    """Without an index, every verb that needs one says what to run."""
    result = CliRunner().invoke(cli.casefinder, ["--index", str(tmp_path / "none"), *verb])
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: There is no index at ")
    assert "casefinder index build" in result.stderr


def test_index_path_from_the_environment(index: Path) -> None:
    """CASEFINDER_INDEX stands for --index."""
    result = CliRunner().invoke(cli.casefinder, ["search", "--json"], env={"CASEFINDER_INDEX": str(index)})
    assert answer(result)["total"] == 3


def test_corpus_check_names_every_problem(tmp_path: Path) -> None:
    """Each problem has its file, line, field and nearest valid value; nothing is indexed, and the code is 2."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": "one", "title": "One", "themes": ["hosing"]}\n{"id": "two"}\n', encoding="utf-8")
    result = CliRunner().invoke(cli.casefinder, ["corpus", "check", str(bad)])
    assert result.exit_code == 2
    assert "bad.jsonl:1: field 'themes': 'hosing'" in result.stderr
    assert "'housing'" in result.stderr
    assert "bad.jsonl:2: field 'title'" in result.stderr
    report = CliRunner().invoke(cli.casefinder, ["corpus", "check", str(bad), "--json"])
    assert (report.exit_code, answer(report)["problem_count"]) == (2, 2)


def test_bad_records_leave_the_index_alone(run: Run, tmp_path: Path) -> None:
    """A build from records with a problem fails with 2, and the index in use answers as before."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": "one", "title": "One"}\n{"id": "two"}\n', encoding="utf-8")
    assert "bad.jsonl:2" in run("index", "build", "--corpus", str(bad), code=2).stderr
    assert answer(run("search", "--json"))["total"] == 3


def test_corpus_check_of_good_records(corpus: Path) -> None:
    """Good records are counted."""
    result = CliRunner().invoke(cli.casefinder, ["corpus", "check", str(corpus)])
    assert (result.exit_code, result.stdout) == (0, f"{corpus}: 3 case studies in 1 file, no problems.\n")


def test_corpus_stats(corpus: Path) -> None:
    """`corpus stats` counts facets and filled fields; without a path, those of the starter corpus."""
    stats = answer(CliRunner().invoke(cli.casefinder, ["corpus", "stats", str(corpus), "--json"]))
    assert stats["records"] == 3
    assert {"value": "housing", "count": 2} in stats["facets"]["theme"]
    assert CliRunner().invoke(cli.casefinder, ["corpus", "stats"]).stdout.startswith("550 case studies")


def test_version() -> None:
    """`--version` prints the version of the project."""
    assert CliRunner().invoke(cli.casefinder, ["--version"]).stdout == "casefinder 0.1.0\n"
