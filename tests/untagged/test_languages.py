"""Pages are in the reader's language: nothing is left in English, nothing said in a wrong form."""

import contextlib
import html
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from fastapi.testclient import TestClient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.digests.timing import said_timing
from mentions.errors import SettingsError
from tests.untagged.entered import entered
from tests.untagged.test_accessible import PAGES, fill
from tests.untagged.world import import_rows, post, settings_file
from untagged.languages import ENGLISH, LANGUAGES
from untagged.pipeline import Pipeline
from untagged.settings import load_settings
from untagged.web import script_words, spoken, words
from untagged.web.changes import change_words
from untagged.web.reader import END, ISOLATE, Reader, catalog, reader_for
from untagged.wiring import open_pipeline

ROOT = Path(__file__).parents[2]
WEB = ROOT / "untagged" / "web"
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
OTHERS = [code for code in LANGUAGES if code != ENGLISH]
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
ARABIC = Reader("ar", "ar")
PLACE = re.compile(r"%\(\w+\)s")


def _messages(folder: Path) -> Catalog:
    """What `make messages` finds in templates and Python."""
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    marks = re.findall(r"-k \S+", re.search(r"^MARKS := (.*)$", make, re.MULTILINE)[1])  # type: ignore[index]
    found = folder / "cockpit.pot"
    command = ["pybabel", "-q", "extract", "-F", "babel.cfg", *" ".join(marks).split()]
    with contextlib.chdir(ROOT):
        CommandLineInterface().run([*command, "-o", str(found), "."])
    with found.open("rb") as lines:
        return read_po(lines)


def _known(language: str) -> Catalog:
    source = WEB / "locales" / language / "LC_MESSAGES" / "cockpit.po"
    with source.open("rb") as lines:
        return read_po(lines, locale=language)


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated_and_none_is_a_guess(language: str, tmp_path: Path) -> None:
    known = {(one.id, one.context): one for one in _known(language) if one.id}
    wanted = {(one.id, one.context) for one in _messages(tmp_path) if one.id}
    assert len(wanted) > 900
    assert wanted - known.keys() == set()
    assert known.keys() - wanted == set(), "nothing says these any more; run make messages"
    for one in known.values():
        assert not one.fuzzy, one.id
        said = one.string if isinstance(one.string, tuple) else (one.string,)
        assert all(said), one.id


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_places_of_its_text_and_no_others(language: str) -> None:
    for one in _known(language):
        if not one.id:
            continue
        wanted = set(PLACE.findall(one.id[-1] if isinstance(one.id, tuple) else one.id))
        for number, said in enumerate(_forms(one)):
            there = set(PLACE.findall(said))
            # 'one post' and 'two posts' need no figure in languages that have a word for them.
            counted = {"%(n)s", "%(num)s"} if isinstance(one.id, tuple) and number < 3 else set()
            assert there <= wanted, (one.id, said)
            assert wanted - there <= counted, (one.id, said)
            assert said.count("%") == said.count("%(") + 2 * said.count("%%"), said


def _forms(one: Message) -> tuple[str, ...]:
    return one.string if isinstance(one.string, tuple) else (one.string,)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "لا إشارات"),
        (1, "إشارة واحدة"),
        (2, "إشارتان"),
        (3, "3 إشارات"),
        (11, "11 إشارة"),
        (99, "99 إشارة"),
        (100, "100 إشارة"),
        (103, "103 إشارات"),
    ],
)
def test_arabic_counts_in_six_forms(count: int, said: str) -> None:
    assert ARABIC.ngettext("%(n)s mention", "%(n)s mentions", count, n=count) == said


_TOKEN = re.compile(
    r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}"
    r'|<[a-zA-Z/!](?:"(?:\{\{.*?\}\}|\{%.*?%\}|[^"])*"|\{%.*?%\}|\{\{.*?\}\}|[^>"])*>',
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r'\b(?:aria-label|placeholder|title|alt)="([^"{}]*[A-Za-z][^"{}]*)"')
BARE = {
    "· Untagged", "Untagged",  # the product's name
    "j", "k", "o", "Enter", "x", "r", "n", "c", "e", "a", "s", "t", "m",  # keys
    "mastodon", "a, b", "brand=Acme", "2026-02-22T18:00", "https://…",  # typed, as examples
    'aria-invalid="true" aria-describedby="slip-',  # of a macro that writes attributes
    '"lost bag" AND sentiment:negative AND tagged:false',  # a query, as an example
    "case.*", "now-24h",  # typed, as examples
    "before:", "open post",  # of a digest, which is in English as it is sent
}  # fmt: skip


def bare_texts(source: str) -> Iterator[str]:
    """Words of a template outside of every message: text nodes, and attributes that are read."""
    source = re.sub(r"<style>.*?</style>", "", source, flags=re.DOTALL)
    source = re.sub(r"\{% trans .*?\{% endtrans %\}", "", source, flags=re.DOTALL)
    at = 0
    for token in _TOKEN.finditer(source):
        yield from _lettered(source[at : token.start()])
        if token[0].startswith("<"):
            yield from _ATTRIBUTE.findall(token[0])
        at = token.end()
    yield from _lettered(source[at:])


def _lettered(text: str) -> list[str]:
    said = html.unescape(text).strip()
    return [said] if re.search("[A-Za-z]", said) else []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_word_outside_of_the_messages(template: Path) -> None:
    found = set(bare_texts(template.read_text(encoding="utf-8")))
    assert found - BARE == set()


def test_a_word_outside_of_the_messages_is_found() -> None:
    source = (
        '{% if x > 1 %}<p title="Why">{{ _("So") }} and <b>{{ name }}</b>{# no #}</p>{% endif %}'
    )
    assert list(bare_texts(source)) == ["Why", "and"]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_macros_know_who_reads(template: Path) -> None:
    imports = re.findall(r"\{% from [^%]+%\}", template.read_text(encoding="utf-8"))
    assert [one for one in imports if "with context" not in one] == []


def test_scripts_say_only_what_the_page_hands_them() -> None:
    scripts = [path.read_text(encoding="utf-8") for path in (WEB / "static").glob("*.js")]
    said = {text for one in scripts for text in re.findall(r'\bsay\("([^"]+)"', one)}
    assert said == {*script_words.SAID, *(many for _one, many in script_words.COUNTED)}


def test_styles_know_no_left_and_right() -> None:
    for sheet in (WEB / "static").glob("*.css"):
        rules = sheet.read_text(encoding="utf-8")
        sided = re.findall(r"[\w-]*(?:left|right)[\w-]*\s*:|:\s*(?:left|right)\b", rules)
        assert sided == [], sheet.name


def test_messages_travel_with_the_package() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "*.po" in settings["tool"]["setuptools"]["package-data"]["*"]
    assert files("untagged.web").joinpath("locales/ar/LC_MESSAGES/cockpit.po").is_file()


def test_the_account_speaks_before_the_browser_and_the_browser_before_the_settings() -> None:
    assert reader_for("en-GB,en;q=0.8", chosen="ar", usual="en").language == "ar"
    assert reader_for("de, ar;q=0.5, en;q=0.3", usual="en").language == "ar"
    assert reader_for("de", usual="ar").language == "ar"
    assert reader_for("de").language == ENGLISH
    assert reader_for("", chosen="tlh").language == ENGLISH, "one that was taken away"


def test_numbers_and_dates_follow_the_country_of_the_browser() -> None:
    moment = datetime(2026, 2, 3, 14, 5, tzinfo=UTC)
    british = reader_for("en-GB", zone="Europe/Berlin")
    assert spoken.local(british, moment) == "3 Feb 2026, 15:05"
    assert spoken.exact(british, moment) == "3 Feb 2026, 15:05 (2026-02-03 14:05:00 UTC)"
    assert spoken.local(reader_for("en-GB"), moment) == "2026-02-03 14:05 UTC"
    assert spoken.count(british, 1234.4) == "1,234"
    assert spoken.share(british, 1, 8) == "12%"


def test_arabic_has_its_own_words_for_times() -> None:
    assert spoken.ago(ARABIC, NOW - timedelta(minutes=5), NOW) == "قبل 5 دقائق"
    assert spoken.ago(ARABIC, NOW + 2 * HOUR, NOW) == "خلال ساعتين"
    assert spoken.duration(ARABIC, timedelta(hours=1, minutes=30)) == "1 س و30 د"
    assert spoken.duration(ARABIC, timedelta(0)) == "0 ث"
    assert spoken.spelled(ARABIC, "7d") == "7 أيام"
    assert spoken.spelled(ARABIC, "30 min") == "30 دقيقة"
    assert spoken.spelled(ARABIC, "care") == "care"


@pytest.mark.parametrize(
    ("said", "english", "arabic"),
    [
        ("weekly mon 8:00", "every Monday at 08:00", "كل يوم الاثنين الساعة 08:00"),
        ("daily 07:30", "every day at 07:30", "يوميًا الساعة 07:30"),
        (
            "monthly 1 08:00",
            "on day 1 of every month at 08:00",
            "في اليوم 1 من كل شهر الساعة 08:00",
        ),
        ("0 8 * * 1", "at “0 8 * * 1”", "وفق «0 8 * * 1»"),
    ],
)
def test_when_a_digest_comes_is_said_in_words(said: str, english: str, arabic: str) -> None:
    assert spoken.timing(Reader(), said) == said_timing(said) == english
    assert spoken.timing(ARABIC, said) == arabic


def test_a_day_of_the_forecast_is_said_as_the_language_has_it() -> None:
    assert spoken.weekday(Reader(), date(2026, 11, 26)) == "Thu 26 Nov"
    assert spoken.weekday(ARABIC, date(2026, 11, 26)) == "الخميس، 26 نوفمبر"


@settings(deadline=None)  # the first reader loads locales
@given(st.text(max_size=400))
@example("ar-001\t@x")
@example("en-US-POSIX .")
def test_whatever_a_browser_accepts_it_gets_a_page(header: str) -> None:
    reader = reader_for(header)
    assert reader.language in LANGUAGES
    assert spoken.count(reader, 1234)
    assert spoken.ago(reader, NOW, NOW + HOUR)


@given(st.text(max_size=40))
def test_a_name_in_a_sentence_is_whole_and_closes_what_it_opens(name: str) -> None:
    for reader in (Reader(), ARABIC):
        said = reader.gettext("With %(who)s.", who=name)
        assert name in said
        assert said.count(ISOLATE) - name.count(ISOLATE) == said.count(END) - name.count(END)


def test_only_what_runs_against_the_page_is_set_apart() -> None:
    assert Reader().gettext("With %(who)s.", who="ana") == "With ana."
    assert Reader().gettext("With %(who)s.", who="ليلى") == f"With {ISOLATE}ليلى{END}."
    assert ARABIC.gettext("With %(who)s.", who="ana") == f"لدى {ISOLATE}ana{END}."
    assert ARABIC.gettext("With %(who)s.", who="ليلى") == "لدى ليلى."


def test_a_word_of_others_is_no_word_of_ours() -> None:
    assert words.word(ARABIC, "resolved") == "محلولة"
    assert words.word(ARABIC, "resolved", "alert") == "محلول"
    assert words.word(ARABIC, "feature_request") == "طلب ميزة"
    assert words.word(ARABIC, "Reply") == "Reply", "a text of the pages is no name of a status"
    assert words.facet(ARABIC, "negative", "author") == "negative"
    assert words.facet(ARABIC, "negative", "source") == "negative"
    assert words.facet(ARABIC, "de", "lang") == "الألمانية"


def test_a_list_as_text_is_not_escaped_yet_and_a_change_goes_as_the_language_does() -> None:
    assert spoken.listed_text(Reader(), ["Fish & Chips", "Salt"]) == "Fish & Chips, Salt"
    said = change_words(Reader(), "team", ["A & B"], None)
    assert said == "team: A & B → –"
    assert change_words(ARABIC, "status", "open", "resolved", is_ours=True).count("←") == 1


def test_english_needs_no_file() -> None:
    assert catalog(ENGLISH).gettext("Cases") == "Cases"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("a firm")
    rows = [
        post(1, "Acme lost my bag, where is my refund? @acme", NOW - HOUR, title="Lost"),
        post(2, "أين حقيبتي يا acme؟", NOW - HOUR, author={"handle": "layla"}),
        post(3, "<b>Acme</b> %(who)s 100% %s {{ 7 * 7 }} שלום", NOW - 2 * HOUR),
    ]
    with open_pipeline(settings_file(folder)) as opened:
        opened.import_file(import_rows(folder, rows), columns=None, source="import", now=NOW)
        opened.process(now=NOW)
        opened.respond(now=NOW)
        yield opened


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """With something on every page."""
    folder = tmp_path_factory.mktemp("a full firm")
    with open_pipeline(settings_file(folder)) as opened:
        fill(opened, folder)
        yield opened


@pytest.fixture
def browser(pipeline: Pipeline) -> Iterator[TestClient]:
    with entered(pipeline) as client:
        client.headers["Accept-Language"] = "ar"
        yield client


ENGLISH_WORDS = re.compile(
    r"\b(?:Search|Cases?|Alerts?|Rules?|Sources?|Brands?|Teams?|Status|Priority|Save|Show|Why|"
    r"nobody|open|pending|snoozed|resolved|low|medium|high|urgent|mentions?|ago|last|first|"
    r"Note|Reply|Answer|Log|Role|Name|Password|None|Nothing|with|and|the|of|is|are|"
    r"Digests?|Requests?|Questions?|Subscribe|Feed|Entry|People|Posts?|Token|Topics?|More|"
    r"planned|shipped|declined|empty|look|work|made|every|week|day|days|hour)\b"
)


def interface(page: str) -> str:
    """The page without what posts, people and the rooms say, which has a direction of its own."""
    page = re.sub(r'<article class="digest" lang="en".*?</article>', " ", page, flags=re.DOTALL)
    page = re.sub(r"<(code|kbd|pre|textarea|svg|datalist)\b.*?</\1>", " ", page, flags=re.DOTALL)
    page = re.sub(r"<(\w+)[^>]*\bdir=\"auto\"[^>]*>.*?</\1>", " ", page, flags=re.DOTALL)
    page = re.sub(
        r"<bdi>.*?</bdi>|\u2068[^\u2069]*\u2069|<option[^>]*>[\w/+-]*</option>", " ", page
    )
    read = re.findall(r'(?:aria-label|placeholder|title|alt)="([^"]*)"', page)
    return html.unescape(" ".join([*read, re.sub(r"<[^>]*>", " ", page)]))


@pytest.mark.parametrize("path", PAGES)
def test_no_english_is_left_on_an_arabic_page(filled: Pipeline, path: str) -> None:
    with entered(filled) as client:
        page = client.get(path, headers={"Accept-Language": "ar"}).text
    assert '<html lang="ar" dir="rtl">' in page
    assert "untagged" in page.lower()
    assert ENGLISH_WORDS.findall(interface(page)) == []


def test_what_changed_on_a_case_is_told_in_the_readers_words(filled: Pipeline) -> None:
    with entered(filled) as client:
        path = "/admin/audit/cases?itself=true"
        page = client.get(path, headers={"Accept-Language": "ar"}).text
        assert "الوضع: – ← مفتوحة" in page
        assert "status: – → open" in client.get(path, headers={"Accept-Language": "en"}).text


def test_where_one_is_stands_on_what_opens_the_rest(filled: Pipeline) -> None:
    with entered(filled) as client:
        assert re.search(r"<summary>More</summary>", client.get("/cases").text)
        assert '<summary aria-current="true">Rules</summary>' in client.get("/rules").text


def test_pieces_and_answers_to_scripts_are_arabic_too(browser: TestClient) -> None:
    assert "سيجد" in browser.get("/search/lint?q=acme&period=all").text
    hints = [one["hint"] for one in browser.get("/search/complete?q=followers").json()["options"]]
    assert hints == ["عدد"]


def test_a_post_is_escaped_in_every_language(browser: TestClient) -> None:
    page = browser.get("/search?q=*&period=all").text
    assert "&lt;b&gt;Acme&lt;/b&gt;" in page.replace("<mark>", "").replace("</mark>", "")
    assert "%(who)s 100% %s {{ 7 * 7 }}" in page


def test_posts_of_others_have_a_direction_of_their_own(browser: TestClient) -> None:
    for language in ("en", "ar"):
        browser.headers["Accept-Language"] = language
        page = browser.get("/search?q=*&period=all").text
        posts = re.findall(r'<p class="said"([^>]*)>', page)
        assert posts == [' dir="auto"'] * 3
        assert '<h3 dir="auto">Lost</h3>' in page
        assert "<bdi>@layla</bdi>" in page


def test_who_chooses_a_language_reads_it_and_the_trail_says_so(pipeline: Pipeline) -> None:
    with entered(pipeline, name="rim") as client:
        assert '<html lang="en" dir="ltr">' in client.get("/account").text
        kept = {"full_name": "ريم", "zone": "Africa/Cairo", "language": "ar"}
        page = client.post("/account", data=kept).text
        assert '<html lang="ar" dir="rtl" data-zone="Africa/Cairo">' in page
        assert '<option value="ar" lang="ar" dir="auto" selected>العربية</option>' in page
        assert "حسابي" in page
        refused = client.post("/account", data={**kept, "language": "tlh"})
        assert refused.status_code == 400
        assert "&#39;tlh&#39; is not spoken here; choose one of en, ar" in refused.text


def test_the_login_and_its_refusal_are_in_the_browsers_language(pipeline: Pipeline) -> None:
    with entered(pipeline) as client:
        client.cookies.clear()
        client.headers["Accept-Language"] = "ar-EG"
        page = client.get("/login").text
        csrf = re.search(r'name="csrf" value="(\w+)"', page)
        assert csrf
        answer = client.post("/login", data={"name": "x", "password": "y", "csrf": csrf[1]})
        assert "الاسم أو كلمة المرور غير صحيحين." in answer.text


def test_authors_read_the_survey_in_their_browsers_language(browser: TestClient) -> None:
    page = browser.get("/survey/nothing").text
    assert '<html lang="ar" dir="rtl">' in page
    assert "هذا الرابط لا يعمل" in page


def test_a_chart_is_drawn_in_the_readers_words(browser: TestClient) -> None:
    drawn = browser.get("/brands/Acme/volume.svg?days=7&zone=Africa/Cairo").text
    assert "الإشارات في الساعة" in drawn
    assert "mentions per" not in drawn


PICTURED = ("/", "/brands/Acme", "/brands/Acme?days=7")


@pytest.mark.parametrize("path", PICTURED)
def test_a_picture_has_another_address_in_another_language(filled: Pipeline, path: str) -> None:
    """Which language an account chose is in no header by which a browser could tell them apart."""
    with entered(filled, name="lena", role="admin") as client:
        addresses = []
        for language in ("en", "ar"):
            client.post("/account", data={"language": language})
            page = html.unescape(client.get(path).text)
            shown = re.findall(r'(?:src|srcset)="([^"]*\.svg[^"]*)"', page)
            addresses.append([one for one in shown if "/static/" not in one])
    english, arabic = addresses
    assert english
    assert [one.replace("lang=en", "lang=ar") for one in english] == arabic
    assert not set(english) & set(arabic)


def test_a_picture_is_kept_for_whom_it_was_drawn_alone(browser: TestClient) -> None:
    kept = browser.get("/brands/Acme/volume.svg?days=7").headers
    assert kept["cache-control"] == "private, max-age=60"
    assert {"Cookie", "Accept-Language"} <= {one.strip() for one in kept["vary"].split(",")}


def test_settings_name_a_language_that_there_is(tmp_path: Path) -> None:

    path = settings_file(tmp_path)
    path.write_text(path.read_text() + "\ncockpit: {language: tlh}\n")
    with pytest.raises(SettingsError, match="'tlh' is not spoken here; choose one of en, ar"):
        load_settings(path)
