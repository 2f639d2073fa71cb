"""Listing pages with the real program: the first blog's own pages beside its feed, and a blog without a feed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.harness import READER, Program, posts
from tests.emulators.blog import Blog
from tests.emulators.documents import Entry, rss

TYPES = {".html": "text/html", ".xml": "application/xml", ".json": "application/json"}


def put_up(blog: Blog, site: Path) -> list[str]:
    """Serve a site's pages and feeds; give their paths."""
    files = [file for file in sorted(site.rglob("*")) if file.suffix in TYPES and "posts" not in file.parts]
    for file in files:
        body = file.read_bytes().replace(b"http://127.0.0.1:8000", blog.url("").encode())
        blog.publish(f"/{file.relative_to(site)}", body, TYPES[file.suffix])
    return [f"/{file.relative_to(site)}" for file in files]


def config(blog: Blog, paths: list[str], kind: str = "page") -> str:
    """Write a feed for each path."""
    return "\n".join(
        f'[[feeds]]\nname = "{path}"\nurl = "{blog.url(path)}"\nkind = "{kind if path.endswith(".html") else "feed"}"'
        for path in paths
    )


@pytest.mark.asyncio
async def test_a_post_on_many_pages_and_in_feeds_is_one_post_and_one_push(program: Program, shared: Path) -> None:
    """Index, second page, every category page and the feed in one configuration: four new posts, each pushed once."""
    paths = [
        path for path in put_up(program.blog, shared / "blog" / "site-before") if path.endswith((".html", "rss.xml"))
    ]
    program.extra = config(program.blog, paths)
    first = await program.run("once", "--all")
    await program.inline("chats", "add", f"telegram:{READER}")
    put_up(program.blog, shared / "blog" / "site")
    for _ in range(2):
        second = await program.run("once", "--all", "--wait", "60")
    assert (first.code, second.code) == (0, 0), first.err + second.err
    arrived = posts(program.telegram)
    assert sorted({text.splitlines()[0][:10] for text in arrived}) == sorted(
        text.splitlines()[0][:10] for text in arrived
    )
    assert len(arrived) == 4


@pytest.mark.asyncio
async def test_the_pages_alone_are_enough(program: Program, shared: Path) -> None:
    """Without any feed the listing page gives the new posts with excerpt and tags; one that lost its cards says so."""
    put_up(program.blog, shared / "blog" / "site-before")
    program.extra = config(program.blog, ["/index.html"])
    await program.inline("once", "--all")
    await program.inline("chats", "add", f"telegram:{READER}")
    put_up(program.blog, shared / "blog" / "site")
    await program.run("once", "--all", "--wait", "60")
    arrived = posts(program.telegram)
    assert len(arrived) == 4
    (told,) = [text for text in arrived if text.startswith("基于文章")]
    assert "𝐱ₜ = (1−t)𝐱₀ + tε" in told
    assert "#扩散模型" in told
    program.blog.publish("/index.html", b"<!doctype html><title>Soon</title><p>We are redesigning.", "text/html")
    ended = await program.run("once", "--all")
    assert ended.code == 1
    assert "no posts are recognised on the page" in ended.err
    assert len(posts(program.telegram)) == 4


@pytest.mark.asyncio
async def test_a_pages_address_leads_to_its_feed(program: Program, shared: Path) -> None:
    """With kind "auto" the feed that a page names is looked at, and its address is used from then on.

    The same holds for an address that `feeds add` is given, and for `preview`.
    """
    put_up(program.blog, shared / "blog" / "site-before")
    program.extra = f'[[feeds]]\nname = "blog"\nurl = "{program.blog.url("/index.html")}"'
    for _ in range(2):
        ended = await program.run("once", "--all")
        assert ended.code == 0, ended.err
    asked = [each.path for each in program.blog.requests]
    assert asked == ["/index.html", "/rss.xml", "/rss.xml"]
    assert program.blog.requests[-1].header("If-None-Match")
    previewed = await program.run("preview", program.blog.url("/index.html"), "--limit", "2")
    assert previewed.code == 0, previewed.err
    assert "topics:" in previewed.out
    page = (shared / "blog" / "site-before" / "index.html").read_bytes()
    program.blog.publish("/welcome.html", page, "text/html")
    added = await program.run("feeds", "add", program.blog.url("/welcome.html"), "--name", "by hand")
    assert added.code == 0, added.err
    ended = await program.run("once", "--all")
    assert ended.code == 0, ended.err
    feeds = {feed["name"]: feed for feed in json.loads((await program.run("feeds", "--json")).out)}
    assert feeds["by hand"]["url"] == feeds["blog"]["url"] == program.blog.url("/rss.xml")


@pytest.mark.asyncio
async def test_a_feed_of_bare_titles_is_completed_from_the_posts_own_pages(program: Program) -> None:
    """With ``pages = true`` a new post's text comes from its own page, which is asked for once, and no old one's."""
    blog = program.blog
    program.extra = f'[[feeds]]\nname = "blog"\nurl = "{blog.url()}"\npages = true'
    old, new = Entry("Old", "", path="/old"), Entry("New", "", path="/new", day=1)
    blog.publish(
        "/new", b"<!doctype html><title>New</title><main><h1>New</h1><p>Only the page says this.</main>", "text/html"
    )
    blog.publish("/feed.xml", rss([old], base=blog.url("")))
    await program.run("once", "--all")
    await program.inline("chats", "add", f"telegram:{READER}")
    for title in ("A blog", "A blog, renamed"):
        blog.publish("/feed.xml", rss([new, old], title=title, base=blog.url("")))
        ended = await program.run("once", "--all", "--wait", "60")
        assert ended.code == 0, ended.err
    (told,) = posts(program.telegram)
    assert "Only the page says this." in told
    assert [each.path for each in blog.requests if each.path != "/feed.xml"] == ["/new"]
