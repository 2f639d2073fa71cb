"""Feeds of one entry, written as the usual generators write them; without an XML declaration."""

from __future__ import annotations

from typing import Final

URL: Final = "https://blog.example/feed"
_DATES = "<pubDate>Sat, 03 Jan 2026 04:00:00 +0800</pubDate>"
_ATOM_DATES = "<published>2026-01-03T04:00:00.123Z</published><updated>2026-01-04T04:00:00+08:00</updated>"

_WORDPRESS = f"""
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/">
<channel><title>Notes &#8211; a blog</title><atom:link href="{URL}" rel="self" type="application/rss+xml" />
<link>https://blog.example</link><description>On &amp; on</description><language>zh-Hans</language>
<lastBuildDate>Sat, 03 Jan 2026 04:00:00 +0000</lastBuildDate><sy:updatePeriod> hourly </sy:updatePeriod>
<sy:updateFrequency>1</sy:updateFrequency><generator>https://generator.example/?v=6</generator>
<image><url>https://blog.example/i.png</url><title>Icon</title><link>https://blog.example</link><width>32</width></image>
<site xmlns="com-wordpress:feed-additions:1">17</site>
<item><title>它&#8217;s 一</title><link>https://blog.example/?p=1</link><comments>https://blog.example/?p=1#r</comments>
<dc:creator><![CDATA[小明]]></dc:creator>{_DATES}<category><![CDATA[模型]]></category><category>R&amp;D</category>
<guid isPermaLink="false">https://blog.example/?p=1</guid><description><![CDATA[<p>短 &#8230;</p>]]></description>
<content:encoded><![CDATA[<p>一</p> <p>二</p>]]></content:encoded>
<wfw:commentRss>https://blog.example/?feed=1</wfw:commentRss><slash:comments>3</slash:comments>
<post-id xmlns="com-wordpress:feed-additions:1">1</post-id></item></channel></rss>"""

_HEXO = f"""
<feed xmlns="http://www.w3.org/2005/Atom"><title>札记</title><icon>https://blog.example/i.png</icon>
<subtitle>写字</subtitle><link href="/atom.xml" rel="self"/><link href="https://blog.example/"/>
<updated>2026-01-03T04:00:00.000Z</updated><id>https://blog.example/</id><author><name>小明</name></author>
<generator uri="https://generator.example/">Generator</generator><entry><title>扩散 &lt;一&gt;</title>
<link href="https://blog.example/1/"/><id>https://blog.example/1/</id>{_ATOM_DATES}
<content type="html"><![CDATA[<p>一</p>]]></content><summary type="html">&lt;p&gt;短&lt;/p&gt;</summary>
<category term="模型" scheme="https://blog.example/tags/"/></entry></feed>"""

_HUGO = f"""<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Notes</title>
<link>https://blog.example/</link><description>Recent</description><generator>Generator</generator>
<language>en-us</language><copyright>(c) me</copyright><ttl>60</ttl><lastBuildDate>{_DATES[9:40]}</lastBuildDate>
<atom:link href="{URL}" rel="self" type="application/rss+xml"/><item><title>First "words" \\(x\\)</title>
<author>ann@blog.test (Ann B)</author><link>https://blog.example/1/</link>{_DATES}<guid>https://blog.example/1/</guid><description>&lt;p&gt;One</description>
<enclosure url="https://blog.example/1.png" length="10" type="image/png"/></item></channel></rss>"""

_GHOST = f"""<rss xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:atom="http://www.w3.org/2005/Atom" version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title><![CDATA[Notes]]></title><link>https://blog.example/</link><item><title><![CDATA[One]]></title>
<description><![CDATA[Short]]></description><link>https://blog.example/1/</link><guid isPermaLink="false">65f0</guid>
<dc:creator><![CDATA[Ann]]></dc:creator><dc:creator>Bob</dc:creator>{_DATES}
<media:content url="https://blog.example/1.jpg" medium="image"/>
<content:encoded><![CDATA[<p>One</p>]]></content:encoded></item></channel></rss>"""

_BLOGGER = f"""<feed xmlns='http://www.w3.org/2005/Atom' xmlns:openSearch='http://a9.com/-/spec/opensearchrss/1.0/'
 xmlns:blogger='http://schemas.google.com/blogger/2008' xmlns:georss='http://www.georss.org/georss'
 xmlns:gd="http://schemas.google.com/g/2005" xmlns:thr='http://purl.org/syndication/thread/1.0' xml:lang='en_GB'>
<id>tag:blogger.example,1999:blog-1</id><updated>2026-01-03T04:00:00.123-08:00</updated><title type='text'>Notes</title>
<link rel='self' type='application/atom+xml' href='{URL}'/><link rel='alternate' type='text/html' href='{URL}/'/>
<openSearch:totalResults>1</openSearch:totalResults><generator version='7' uri='https://g.example'>G</generator>
<entry><id>tag:blogger.example,1999:blog-1.post-2</id>{_ATOM_DATES}<category scheme='s#' term='x'/>
<title type='text'>One</title><content type='html'>&lt;p&gt;One</content><link rel='replies' href='/r'/>
<link rel='alternate' type='text/html' href='https://blog.example/1.html' title='One'/><author><name>Ann</name>
<uri>https://blog.example/ann</uri><email>noreply@blogger.example</email><gd:image rel='x' width='16' src='s'/>
</author><media:thumbnail xmlns:media="http://search.yahoo.com/mrss/" url="https://blog.example/s72.jpg" height="72"/>
<thr:total>0</thr:total></entry></feed>"""

_JEKYLL = f"""
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><generator uri="https://g.example/" version="4">G</generator>
<link href="{URL}" rel="self" type="application/atom+xml" />
<link href="https://blog.example/" rel="alternate" type="text/html" hreflang="en" />
<updated>2026-01-03T04:00:00+00:00</updated><id>{URL}</id><title type="html">Notes</title><subtitle>On</subtitle>
<author><name>Ann</name></author><entry><title type="html">One &amp;amp; two</title>
<link href="https://blog.example/1/" rel="alternate" type="text/html" title="One" />{_ATOM_DATES}
<id>https://blog.example/1</id><content type="html" xml:base="https://blog.example/1/"><![CDATA[<p>One</p>]]></content>
<author><name>Ann</name></author><category term="a" /><summary type="html"><![CDATA[Short]]></summary>
<media:thumbnail xmlns:media="http://search.yahoo.com/mrss/" url="https://blog.example/1.png" />
<media:content medium="image" url="/1.png" xmlns:media="http://search.yahoo.com/mrss/" /></entry></feed>"""

GENERATORS: Final = {
    "WordPress": _WORDPRESS,
    "Hexo": _HEXO,
    "Hugo": _HUGO,
    "Ghost": _GHOST,
    "Blogger": _BLOGGER,
    "Jekyll": _JEKYLL,
}
