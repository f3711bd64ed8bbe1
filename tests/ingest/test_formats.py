import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

from service.errors import BinaryInput, EmptyText, InputError, TooLarge, UnknownFormat
from service.ingest.formats import Given, read, read_lines
from service.records import Submission

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
SENTENCE = "The harbour board said on Monday that the old ferry would be sold to a buyer in Malta before the summer."
ARTICLE = {"external_id": "p-1", "publisher": "Harbour Post", "published_at": "2024-03-01T09:30:00+01:00", "text": SENTENCE}


def one(data, **options):
    [item] = read(data, now=NOW, **options)
    return item


def failed(data, **options):
    item = one(data, **options)
    assert isinstance(item, InputError)
    return item


def page(body, head=""):
    return f"<!doctype html><html lang='nb'><head>{head}</head><body><nav><a href='/'>Home</a></nav>{body}</body></html>"


def test_text_is_kept_to_the_letter_and_what_is_assumed_is_told():
    text = f" \r\n{SENTENCE}\r\n\r\n{SENTENCE.upper()} \u200b\n"
    item = one(text.encode(), filename="a.txt")
    assert (item.text, item.publisher, item.published_at, item.assumed) == (text, "unknown", NOW, ("published_at", "publisher"))
    known = one(text, given=Given(publisher="Post", published_at="2024-03-01", lang="nb-NO", external_id="x"))
    assert (known.publisher, known.published_at, known.lang) == ("Post", datetime(2024, 3, 1, tzinfo=UTC), "no")
    assert (known.external_id, known.assumed) == ("x", ())


@pytest.mark.parametrize(
    ("furniture", "published"),
    [
        ("February 14, 2022, 1:41 pm", datetime(2022, 2, 14, 13, 41, tzinfo=UTC)),
        ("date 2022-02-14 Calendar An icon of a calendar. Search An icon of a glass.", datetime(2022, 2, 14, tzinfo=UTC)),
        ("Publisert 14. februar 2022 kl. 13.41", datetime(2022, 2, 14, 13, 41, tzinfo=UTC)),
        ("Publié le 14 février 2022 à 13h41", datetime(2022, 2, 14, 13, 41, tzinfo=UTC)),
        ("Опубликовано 14 февраля 2022, 13:41 MSK", datetime(2022, 2, 14, 10, 41, tzinfo=UTC)),
        ("Published: 13:41, 14 February 2022 | Updated: 19:02, 15 February 2022", datetime(2022, 2, 14, 13, 41, tzinfo=UTC)),
        ("By Ann Lee | 14 Feb 2022 | 14:41 CET", datetime(2022, 2, 14, 13, 41, tzinfo=UTC)),
        ("READ MORE: Captain's trial of 14 February 2022", None),
        ("Published 14 February 2031", None),
    ],
)  # fmt: skip
def test_the_first_lines_tell_outlet_headline_and_date(furniture, published):
    title = "Harbour board sells ferry to Malta"
    text = "\n\n".join(["Harbour Post", title, furniture, SENTENCE, "It sank on 3 May 2011, officials said then."])
    item = one(text)
    assert (item.publisher, item.title, item.text) == ("Harbour Post", title, text)
    assert item.published_at == (published or NOW)
    assert item.assumed == (() if published else ("published_at",))


def test_a_date_in_a_sentence_is_the_event_s_and_not_the_article_s():
    assert (
        one(f"{SENTENCE}\n\nThe ferry was built on 14 February 1994 in Gdansk, Poland, for the Baltic trade.").published_at
        == NOW
    )


def test_an_object_has_the_fields_of_the_api():
    item = one(json.dumps({**ARTICLE, "lang": "en-GB", "title": "Ferry sold", "url": "https://post.example/1"}).encode())
    assert item == Submission(
        SENTENCE, "Harbour Post", datetime(2024, 3, 1, 8, 30, tzinfo=UTC), "en", "Ferry sold", "https://post.example/1", "p-1"
    )


@pytest.mark.parametrize(
    ("change", "words", "where"),
    [
        ({"publisher": None}, "publisher is missing", "publisher"),
        ({"published_at": None}, "published_at is missing", "published_at"),
        ({"published_at": "yesterday"}, "yesterday", "published_at"),
        ({"published_at": "0001-01-01T00:00:00+12:00"}, "RFC 3339", "published_at"),
        ({"text": None}, "none came", "text"),
        ({"html": "<p>x</p>"}, "text and html came", "text"),
        ({"text": 5}, "int", "text"),
        ({"text": " \n\t"}, "white space", "text"),
        ({"text": "a\0b"}, "U+0000 at position 1", "text"),
        ({"text": "a\ud800"}, "U+D800 at position 1", "text"),
        ({"title": "\ud800"}, "title holds U+D800", "title"),
        ({"publisher": " "}, "publisher is ' '", "publisher"),
        ({"lang": "klingon"}, "'klingon'", "lang"),
        ({"text": "word " * 250_000}, "1,250,000 characters", "text"),
        ({"external_id": "x" * 3000}, "3,000 characters", "external_id"),
    ],
)
def test_one_bad_item_says_what_is_wrong_and_takes_no_other_along(change, words, where):
    items = [ARTICLE, {**ARTICLE, **change}, {**ARTICLE, "external_id": "p-3"}]
    lines = "\n".join(json.dumps(item) for item in items)
    for data, loc in ((json.dumps(items), (1, where)), (lines, (2, where))):
        first, bad, last = read(data, now=NOW)
        assert isinstance(first, Submission)
        assert isinstance(last, Submission)
        assert isinstance(bad, InputError)
        assert words in bad.message
        assert bad.loc == loc


def test_lines_are_read_one_at_a_time_each_in_its_own_encoding():
    good = json.dumps(ARTICLE).encode()
    lines = [good, b"", b"{not json", "{\"text\": \"\u00e5\"}".encode("latin-1"), b"[1]", good + b"\r"]  # fmt: skip
    items = list(read_lines(iter(lines), now=NOW))
    assert [type(item) for item in items] == [Submission, InputError, BinaryInput, InputError, Submission]
    assert [item.loc for item in items[1:4]] == [(3,), (4,), (5,)]
    assert "line 3 is not JSON" in items[1].message


def test_a_line_separator_within_a_json_string_splits_no_line():
    line = json.dumps({**ARTICLE, "text": f"{SENTENCE}\u2028\x85{SENTENCE}"}, ensure_ascii=False)
    assert [type(item) for item in read(f"{line}\n{line}\n", now=NOW)] == [Submission, Submission]


@pytest.mark.parametrize(
    ("data", "options", "error", "words"),
    [
        (b"", {}, EmptyText, "white space"),
        (b" \n\xef\xbb\xbf ".strip(), {}, EmptyText, "white space"),
        ("\u2003\n\t", {"filename": "a.txt"}, EmptyText, "a.txt"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", {}, BinaryInput, "byte 0"),
        (b"MZ\x00\x00", {}, BinaryInput, "NUL character at position 2"),
        ("blåbær".encode("latin-1"), {}, BinaryInput, "not UTF-8 text: byte 2"),
        (b"x" * 10_000_001, {"filename": "big.txt"}, TooLarge, "big.txt has 10,000,001 bytes"),
        (b"{", {"filename": "a.json"}, InputError, "a.json is not JSON"),
        (b"7" * 5000, {"filename": "a.json"}, InputError, "digits"),
        (b"[" * 100_000, {"filename": "a.json"}, InputError, "nested too deeply"),
        (b"x", {"content_type": "image/png"}, UnknownFormat, "image/png"),
        (b"<nonsense/>", {"content_type": "text/xml"}, InputError, "neither RSS nor Atom"),
        (b"<html><body></body></html>", {}, EmptyText, "no article text"),
        (b"<html><body>" + b"<div>" * 70_000, {}, TooLarge, "70,002 tags"),
        (b"<p>" + b"x" * 3_000_000, {"filename": "a.html"}, TooLarge, "3,000,003 bytes"),
    ],
)
def test_what_cannot_be_read_says_why(data, options, error, words):
    item = failed(data, **options)
    assert type(item) is error
    assert words in item.message


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ("blåbær".encode("utf-16"), {}),
        ("blåbær".encode("latin-1"), {"content_type": "text/plain; charset=ISO-8859-1"}),
        ("blåbær".encode(), {"content_type": "text/plain; charset=no-such-charset"}),
        ("\ufeffblåbær".encode(), {"content_type": "application/octet-stream"}),
        ("blåbær", {"filename": "x.unknown"}),
    ],
)
def test_encodings_that_are_marked_are_read(data, options):
    assert one(data, **options).text == "blåbær"


def test_a_page_gives_its_article_and_what_it_says_of_itself():
    head = (
        "<title>Ferja er selt | Hamneposten</title><meta property='og:site_name' content='Hamneposten'>"
        "<meta property='og:title' content='Ferja er selt'><link rel='canonical' href='https://hamn.example/1'>"
        "<meta property='article:published_time' content='2024-03-01T09:30:00+01:00'>"
    )
    paragraphs = f"<p>{SENTENCE}</p><p>Nine sailors &amp; a cook had refused to board it, said Åse.</p>"
    body = f"<article><h1>Ferja er selt</h1>{paragraphs}</article>"
    item = one(page(body, head))
    assert item.text.split("\n\n")[-2:] == [SENTENCE, "Nine sailors & a cook had refused to board it, said Åse."]
    assert "Home" not in item.text
    assert (item.publisher, item.title, item.url, item.lang) == ("Hamneposten", "Ferja er selt", "https://hamn.example/1", "no")
    assert item.published_at == datetime(2024, 3, 1, 8, 30, tzinfo=UTC)
    assert item.assumed == ()


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2024-03-01T09:30:00+01:00"}</script>',
        "<meta name='date' content='2024-03-01'></head><body><time datetime='2024-03-01T09:30:00+01:00'>1 March</time>",
    ],
)
def test_the_time_of_day_of_a_page_is_found_in_other_places(head):
    body = f"<article><p>{SENTENCE}</p><p>{SENTENCE.lower()}</p></article>"
    assert one(page(body, head)).published_at == datetime(2024, 3, 1, 8, 30, tzinfo=UTC)


def test_an_rss_feed_gives_an_item_an_entry_and_an_error_for_the_empty_one():
    head = '<?xml version="1.0" encoding="ISO-8859-1"?><rss version="2.0">'
    rss = f"""{head}<channel><title>H\u00e4fen</title><language>de-AT</language>
      <item><guid>g1</guid><title>F\u00e4hre verkauft</title><link>https://h.example/1</link>
        <pubDate>Fri, 01 Mar 2024 09:30:00 +0100</pubDate>
        <description>&lt;p&gt;{SENTENCE}&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;
          &lt;p&gt;Ende &amp;amp; aus.&lt;br&gt;Ja.&lt;/p&gt;</description></item>
      <item><title>Nichts</title></item></channel></rss>"""
    first, second = read(rss.encode("latin-1"), now=NOW)
    assert first == Submission(
        f"{SENTENCE}\n\nEnde & aus.\n\nJa.",
        "Häfen",
        datetime(2024, 3, 1, 8, 30, tzinfo=UTC),
        "de",
        "Fähre verkauft",
        "https://h.example/1",
        "g1",
    )
    assert isinstance(second, EmptyText)
    assert second.loc == (1, "text")


def test_an_atom_feed_is_read():
    atom = f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Post</title><entry><id>urn:1</id><title>Sold</title>
      <updated>2024-03-01T09:30:00Z</updated><content type="html">&lt;p&gt;{SENTENCE}&lt;/p&gt;</content></entry></feed>"""
    item = one(atom)
    assert (item.text, item.publisher, item.external_id) == (SENTENCE, "Post", "urn:1")
    assert item.published_at == datetime(2024, 3, 1, 9, 30, tzinfo=UTC)


WHEN = "2024-03-01T09:30:00Z"
NINJS = [
    {"uri": "urn:1", "type": "text", "versioncreated": WHEN, "language": "en", "headline": "Sold", "source": "NPX",
     "body_text": SENTENCE, "body_xhtml": "<p>other</p>"},
    {"uri": "urn:1", "firstcreated": WHEN, "language": "en", "headline": "Sold", "copyrightholder": "NPX",
     "body_html5": f"<section><p>{SENTENCE}</p></section>"},
    {"uri": "urn:1", "versioncreated": WHEN, "language": "en", "headlines": [{"role": "main", "value": "Sold"}],
     "infosources": [{"name": "NPX"}],
     "bodies": [{"role": "caption", "contenttype": "text/plain", "value": "A ferry"},
                {"role": "main", "contenttype": "text/html", "value": f"<p>{SENTENCE}</p>"}]},
    {"uri": "urn:1", "standard": {"name": "ninjs", "version": "3.0"}, "firstPublished": WHEN, "language": "en-GB",
     "headlines": [{"value": "Sold"}], "infoSources": [{"name": "NPX"}],
     "bodies": [{"contentType": "text/plain", "value": SENTENCE}]},
]  # fmt: skip


@pytest.mark.parametrize("item", NINJS)
@pytest.mark.parametrize("wrapped", [False, True])
def test_ninjs_of_every_version_reads_alike(item, wrapped):
    data = {"ninjs": item, "publisher": "NPX"} if wrapped else item
    expected = Submission(SENTENCE, "NPX", datetime(2024, 3, 1, 9, 30, tzinfo=UTC), "en", "Sold", None, "urn:1")
    assert one(json.dumps(data)) == expected


@pytest.mark.parametrize(
    ("change", "words"),
    [({"type": "picture"}, "picture"), ({"pubStatus": "canceled"}, "canceled"), ({"body_text": " "}, "no body text")],
)
def test_ninjs_that_is_no_article_is_told(change, words):
    item = failed(json.dumps({"ninjs": {"uri": "urn:1", "body_text": SENTENCE, **change}, "publisher": "x"}))
    assert words in item.message


def test_an_entity_flood_in_a_feed_is_refused():
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    feed = f'<?xml version="1.0"?><!DOCTYPE rss [{entities}]><rss version="2.0"><channel><title>&a8;</title></channel></rss>'
    assert "ENTITY" in failed(feed).message


@pytest.mark.parametrize("unit", ["<div>", "<p>a", "<b><i>", "<li><ul>", "&amp;", "<p a=b>", "<!-- x -->", "<td>"])
def test_deep_and_endless_markup_takes_bounded_time(unit):
    started = time.process_time()
    for prefix in ("<html><body>", "<html><body><article><p>words of an article, ten of them or so, here</p>"):
        one(prefix + unit * 5000)
    one(json.dumps({"ninjs": {"uri": "urn:1", "body_html": f"<p>{SENTENCE}</p>" + unit * 5000}, "publisher": "x"}))
    assert time.process_time() - started < 10


@hypothesis_given(
    data=st.one_of(st.binary(max_size=300), st.text(max_size=300)),
    name=st.sampled_from([None, "a.json", "a.html", "a.xml", "a.jsonl"]),
)
@settings(max_examples=150, deadline=None)
def test_anything_is_a_submission_or_a_clear_error(data, name):
    for item in read(data, filename=name, now=NOW):
        assert isinstance(item, Submission | InputError)
        if isinstance(item, InputError):
            assert item.message
        else:
            assert item.text.strip()
            assert item.published_at.tzinfo is not None


@hypothesis_given(text=st.text(min_size=1).filter(lambda t: t.strip() and "\0" not in t))
def test_text_in_json_comes_back_as_it_was(text):
    assert one(json.dumps({**ARTICLE, "text": text})).text == text
