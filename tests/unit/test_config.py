"""The configuration's file: what stands there, and what is wrong with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot import config
from bot.core.errors import ConfigError
from bot.core.models import FeedKind
from bot.core.schedule import Bounds
from bot.sections import reveal
from tests.unit.configured import FEED, Settings, load, refused

pytestmark = pytest.mark.usefixtures("secrets")


# -- what stands there ------------------------------------------------------------------------------------------------


def test_without_anything_the_defaults_stand() -> None:
    """No file, no environment: a configuration that can be used."""
    found = load()
    assert (found.database, found.language, found.timezone) == (Path("data/incoming.db"), "zh", "Asia/Shanghai")
    assert (found.feeds, found.topics, found.anyone_may_add_feeds, found.watch.hold_floods) == ((), (), False, True)
    assert (found.backup.daily, found.backup.keep) == (True, 7)
    assert found.platform("telegram") == Settings()


def test_a_file_is_read(file: Path) -> None:
    """Every kind of entry: plain keys, tables, lists of tables, Chinese."""
    found = load(
        file,
        f"""
        language = "zh-TW"
        timezone = "Europe/Berlin"
        [telegram]
        token = "1:secret"
        operators = [7]
        [fetch]
        allow_addresses = ["127.0.0.0/8", "fd00::/8", "10.1.2.3"]
        [[feeds]]
        url = "{FEED}"
        name = "博客"
        kind = "page"
        interval = "30 min"
        [[topics]]
        id = "diffusion"
        name = {{ zh = "扩散模型", en = "Diffusion" }}
        strong = ["扩散"]
        """,
    )
    (feed,), (topic,) = found.feeds, found.topics
    assert (feed.url, feed.name, feed.kind, feed.interval) == (FEED, "博客", FeedKind.PAGE, 1800)
    assert [str(network) for network in found.fetch.allow_addresses] == ["127.0.0.0/8", "fd00::/8", "10.1.2.3/32"]
    assert (topic.spec().names, topic.spec().strong) == ((("zh", "扩散模型"), ("en", "Diffusion")), ("扩散",))
    assert (reveal(found.platform("telegram").token), found.language) == ("1:secret", "zh-TW")
    assert reveal(None) == ""


def test_secrets_do_not_show_when_a_configuration_is_printed(file: Path) -> None:
    """Whoever logs a configuration logs no token."""
    assert "hunter2" not in repr(load(file, '[telegram]\ntoken = "1:hunter2"'))
    assert "hunter2" not in repr(load(file, '[fetch]\nproxy = "http://me:hunter2@127.0.0.1:3128"'))


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("60", 60), ("90.5", 90.5), ('"90"', 90), ('"90s"', 90), ('"90 s"', 90), ('"1 min"', 60), ('"30m"', 1800),
        ('" 2 h "', 7200), ('"1.5h"', 5400), ('"1d"', 86_400), ('"31 d"', 31 * 86_400),
    ],
)  # fmt: skip
def test_intervals_may_be_written_as_people_do(file: Path, written: str, seconds: float) -> None:
    """Numbers are seconds; units are s, min or m, h and d."""
    assert load(file, f'[[feeds]]\nurl = "{FEED}"\ninterval = {written}').feeds[0].interval == seconds


@pytest.mark.parametrize(("written", "seconds"), [('"2h"', 7200), ("0", 0), ('"7d"', 7 * 86_400)])
def test_edits_may_be_switched_off_and_end_with_the_messages_ids(file: Path, written: str, seconds: float) -> None:
    """Two days unless it is said; no longer than the platforms' ids of messages are kept."""
    assert load(file).deliver.edits_for == 48 * 3600
    assert load(file, f"[deliver]\nedits_for = {written}").deliver.edits_for == seconds
    assert "deliver.edits_for" in refused(file, '[deliver]\nedits_for = "8d"')


def test_the_bounds_of_the_time_between_looks_are_the_operators(file: Path) -> None:
    """An hour to six unless it is said, a day without validators; what is lengthened lengthens the others, too."""
    assert load(file).watch.bounds() == Bounds()
    assert load(file, '[watch]\nshortest = "2h"\nlongest = "3h"').watch.bounds() == Bounds(7200, 86_400, 10_800)
    assert load(file, '[watch]\nshortest = "2d"').watch.bounds().bare_floor == 2 * 86_400
    assert "at least as much as shortest" in refused(file, '[watch]\nshortest = "3h"\nlongest = "2h"')


# -- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('databse = "x"', "databse: unknown key; did you mean database?"),
        ("[telgram]\ntoken = 1", "telgram: unknown key; did you mean telegram?"),
        ('[telegram]\ntokn = "hunter2"', "telegram.tokn: unknown key; did you mean token?"),
        ("[fetch]\nallow_adresses = []", "fetch.allow_adresses: unknown key; did you mean allow_addresses?"),
        ("[watch]\nhold_flood = true", "watch.hold_flood: unknown key; did you mean hold_floods?"),
        (f'[[feeds]]\nurl = "{FEED}"\nintervall = 60', "feeds.0.intervall: unknown key; did you mean interval?"),
        ('[[topics]]\nid = "a"\nname = {}\nstong = []', "topics.0.stong: unknown key; did you mean strong?"),
        ("qqq = 1", "qqq: unknown key; see config.example.toml"),
        ("qqq = 1\nzzz = 2", "qqq: unknown key; see config.example.toml (and 1 more)"),
    ],
)
def test_unknown_keys_are_errors_at_every_depth(file: Path, text: str, line: str) -> None:
    """The line names the file, the key and the nearest known one."""
    assert refused(file, text) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("language = 5", "language: Input should be 'zh', 'zh-TW' or 'en'"),
        ('language = "de"', "language: Input should be 'zh', 'zh-TW' or 'en'"),
        ("database = 5", 'database must be text in "quotation marks"'),
        ('database = ""', "database must name a file, such as data/incoming.db"),
        ('anyone_may_add_feeds = "perhaps"', "anyone_may_add_feeds must be true or false"),
        ("telegram = 5", "telegram must be a table"),
        ("[telegram]\ntoken = 5", 'telegram.token must be text in "quotation marks"'),
        ("[telegram]\noperators = 7", 'telegram.operators must be a list in brackets, such as ["one", "two"]; '),
        (f'[feeds]\nurl = "{FEED}"', "feeds must be a list in brackets"),
        ("[[feeds]]\nname = 'a'", "feeds.0.url is missing; see config.example.toml"),
        ('[[feeds]]\nurl = "blog.example"', "feeds.0.url must begin with http:// or https://"),
        ('[[feeds]]\nurl = "file:///etc/passwd"', "feeds.0.url must begin with http:// or https://"),
        ('[[topics]]\nid = "Not An Id"\nname = {}', "topics.0.id: String should match pattern"),
        ('[[topics]]\nid = "a"\nname = "A"', "topics.0.name must be a table"),
        ('[fetch]\nallow_addresses = ["127.0.0.1/8"]', "fetch.allow_addresses.0 must be a network such as"),
        ('[fetch]\nproxy = "127.0.0.1:1080"', "fetch.proxy must be such as http://127.0.0.1:3128 or socks5://"),
        ('[fetch]\nproxy = "ftp://me:pass@host:21"', "fetch.proxy must be such as http://127.0.0.1:3128 or socks5://"),
        ('[fetch]\nallow_addresses = ["localhost"]', "fetch.allow_addresses.0 must be a network such as"),
    ],
)
def test_wrong_values_are_said_in_the_files_words(file: Path, text: str, line: str) -> None:
    """Where, what, and how it should look; never the value, which may be secret."""
    assert refused(file, text).startswith(line)


@pytest.mark.parametrize("written", ["59", '"30 s"', "0", "-60", "inf", "nan", '"32 d"', '"4 weeks"', '"soon"', "true"])
def test_intervals_have_bounds(file: Path, written: str) -> None:
    """Too short, too long, or no length at all: an error at the key, not a crash later."""
    line = refused(file, f'[[feeds]]\nurl = "{FEED}"\ninterval = {written}')
    assert line.startswith("feeds.0.interval ")


@pytest.mark.parametrize(
    ("table", "key", "written"),
    [
        *(("deliver", "list_after", each) for each in ("inf", "nan", "0", '"32 d"', f'"{"9" * 400} d"')),
        *(("deliver", "edits_for", each) for each in ("inf", "nan", "-1")),
        *(("watch", "stall_after", each) for each in ("inf", "nan", "1")),
        *(("watch", key, each) for key in ("shortest", "longest") for each in ("nan", '"59 min"', '"32 d"')),
    ],
)
def test_other_spans_have_bounds_too(file: Path, table: str, key: str, written: str) -> None:
    """Likewise: what no clock can hold never gets as far as a sum of times."""
    assert refused(file, f"[{table}]\n{key} = {written}").startswith(f"{table}.{key}: ")


@pytest.mark.parametrize("url", ["http://[::1", "http://a.example:99999/", "http:///feed", "https://", "http://:80/"])
def test_an_address_without_a_host_is_none(file: Path, url: str) -> None:
    """Half a bracket, a port that is none, no host at all: said at the start, not at each look."""
    assert refused(file, f'[[feeds]]\nurl = "{url}"').startswith("feeds.0.url must begin with http")


def test_an_address_may_be_shouted(file: Path) -> None:
    """Schemes and hosts know no case."""
    assert load(file, '[[feeds]]\nurl = "HTTPS://BLOG.example/Feed"').feeds[0].url == "HTTPS://BLOG.example/Feed"


@pytest.mark.parametrize(
    ("zone", "hint"),
    [("Asia/Shangai", "Asia/Shanghai"), ("europe/berlin", "Europe/Berlin"), ("CET+1", ""), ("", ""), ("../etc", "")],
)
def test_time_zones_are_checked(file: Path, zone: str, hint: str) -> None:
    """An unknown one is an error that names the nearest."""
    line = refused(file, f'timezone = "{zone}"')
    assert line.startswith("timezone is no IANA time zone")
    assert hint in line


def test_two_feeds_may_not_have_one_name_or_one_address(file: Path) -> None:
    """The name is a feed's key, and one address twice would be each post twice. No line repeats what may be secret."""
    named = f'[[feeds]]\nurl = "{FEED}"\nname = "a"\n'
    other = '[[feeds]]\nurl = "https://other.example/"\nname = "a"\n'
    assert refused(file, named + other) == "feeds: numbers 1 and 2 have the same name; give each one its own"
    bare = '[[feeds]]\nurl = "https://user:hunter2@blog.example/"\n'
    twice = bare.replace("https:", "http:").replace('example/"', 'EXAMPLE"')
    assert refused(file, named + bare + twice) == "feeds: numbers 2 and 3 have the same address; take one of them out"
    assert len(load(file, named + bare + bare.replace('/"', '/atom.xml"')).feeds) == 3


def test_two_topics_may_not_have_one_id(file: Path) -> None:
    """Links and buttons carry the id."""
    topic = '[[topics]]\nid = "a"\nname = { en = "A" }\n'
    assert refused(file, topic + topic) == "topics: numbers 1 and 2 have the same id; give each one its own"


def test_a_file_that_is_not_there_is_named_with_the_way_to_one(file: Path) -> None:
    """A missing file says how to make one."""
    with pytest.raises(ConfigError, match=r"config\.toml: no such file; make one with `incoming init`, or name it"):
        config.load(file, {})


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Something that cannot be read is named with the user who tried."""
    with pytest.raises(ConfigError, match=rf"cannot be read by user {os.getuid()}: .*; mend it with chmod or chown"):
        config.load(tmp_path, {})


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_named(file: Path) -> None:
    """Rights that are too narrow are said, with the command that mends them."""
    file.touch(mode=0o000)
    with pytest.raises(ConfigError, match="chmod or chown"):
        config.load(file, {})


@pytest.mark.parametrize("body", [b"language = zh", b"[telegram", b"a = 1\na = 2", b"\xff\xfe\x00", b"feeds = [1"])
def test_a_file_that_is_not_toml_is_named(file: Path, body: bytes) -> None:
    """The line names the file and where in it."""
    file.write_bytes(body)
    with pytest.raises(ConfigError, match=r"config\.toml is not TOML: "):
        config.load(file, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[watch]\nping_url = "ftp://hunter2.example/x"', "watch.ping_url must begin with http:// or https://"),
        ('[[topics]]\nid = "a"\nname = {en = "A"}\nstrong = ["flow", "*"]', "has '*', in which nothing is left"),
        ('[[topics]]\nid = "a"\nname = {en = "A"}\nweak = [" "]', "has ' ', in which nothing is left"),
    ],
)
def test_what_could_never_work_is_refused(file: Path, text: str, said: str) -> None:
    """A dead man's switch that is no web address, a rule's word that finds nothing: said at the start."""
    assert said in refused(file, text)
