"""Invented web pages of many layouts, each with an article, readers' comments and what else stands around articles.

A layout is a function of the article's paragraphs, of what a reader comments, and of what a box beside the article
says. The markup is what newspapers, blogs, portals and forums serve: well formed or not, named well or not at all.
"""

from collections.abc import Callable, Sequence

HEADLINE = "Ferry line puts wifi on every deck"
PARAGRAPHS = (
    "Passengers between the islands can now make calls below deck, too. The ferry line has spent the winter in the "
    "yard at Niederhafen, where forty small masts were fitted to the hulls of its six ships.",
    "The work took longer than planned. Two of the ships had to be dried out once more in February, after salt water "
    "had found its way into the ducts of the new cables.",
    "For the crews it means a change of habits. Until now the captain had the only telephone that worked on the open "
    "sea, and whoever wanted to use it had to climb to the bridge.",
    "“I knew every love affair on board”, says Ole Brandt, who has steered the Sandholm for nineteen years. He does "
    "not think that he will miss it.",
    "The line pays for the masts itself. It expects to earn the money back within four years, mostly from hauliers "
    "who follow their cargo from the shore.",
    "Fishermen are less pleased. They say that the light on the new masts dazzles them at night, and that nobody has "
    "asked them before the first one was lit.",
    "The harbour master calls that a misunderstanding. The lamps are the same as before; only their number has grown, "
    "and a chart that shows each of them will be printed in May.",
    "Engineers from three countries came to look at the first trial. They measured how far the signal carries when "
    "waves are higher than four metres, and were surprised how little it suffers.",
    "Whether other lines follow will depend on the price. A mast costs as much as a used car, and a ferry needs at "
    "least six of them to be heard in every cabin.",
    "More frequencies are to come: the regulator will open the 5G auction in autumn, and the ferry line has asked to "
    "be heard before its rules are printed.",
    "Until then passengers may call for nothing. From June a day on the network will cost as much as a cup of coffee "
    "in the saloon, and children pay half.",
    "The last of the six ships returns to its route on Sunday. A band will play, and the captain has promised a speech "
    "that everybody can listen to on the telephone.",
)
"""The tenth names the 5G auction, and no other."""
COMMENTS = (
    "Finally! I have waited for this since my children were small, and now they are at sea themselves and never call.",
    "My uncle works at the yard and says the cables were too short at first, so they had to order all of them again.",
    "Nobody needs this. On a ferry one should look at the water and be quiet for an hour, as we always did.",
)

Layout = Callable[[Sequence[str], str, str], str]


def head(title: str = HEADLINE, more: str = "") -> str:
    return f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>{more}</head>'


def paragraphs(texts: Sequence[str], kind: str = "") -> str:
    return "\n".join(f"<p{kind}>{text}</p>" for text in texts)


def said(comment: str) -> Sequence[str]:
    """What readers say, the comment in the midst of it."""
    return (*COMMENTS[:2], comment, *COMMENTS[2:])


NAVIGATION = """
<header class="site-header"><a href="/">The Mainz Wire</a>
<nav class="main-navigation"><ul><li><a href="/politics">Politics</a></li><li><a href="/sea">Sea and harbour</a></li>
<li><a href="/money">Money</a></li><li><a href="/weather">Weather</a></li></ul></nav></header>
"""
COOKIES = """
<div id="cookie-consent" class="cc-window"><p>We and our 312 partners store cookies on your device to show you what
you like. You can change your mind at any time under settings, which you find at the end of every page.</p>
<button>Accept all</button><button>Refuse</button></div>
"""
FOOTER = """
<footer class="site-footer"><p>© The Mainz Wire. All rights reserved. No part of this page may be printed without
asking. Imprint, privacy, contact, advertising, jobs.</p></footer>
"""


def newspaper(texts: Sequence[str], comment: str, aside: str) -> str:
    """Semantic markup, as large newspapers have it today."""
    comments = "".join(
        f'<article class="comment"><header>Reader {n}</header><div class="comment__body"><p>{text}</p></div></article>'
        for n, text in enumerate(said(comment))
    )
    return f"""{head()}<body>{COOKIES}{NAVIGATION}<main><article class="article"><header><h1>{HEADLINE}</h1>
<p class="byline">By Ida Holm, 14 March</p></header><div class="article-body">{paragraphs(texts[:6])}
<aside class="related"><h3>Read also</h3><ul><li><a href="/a/1">{aside}</a></li><li><a href="/a/2">The harbour in
winter</a></li></ul></aside>{paragraphs(texts[6:])}</div></article>
<section id="comments" class="comments"><h2>4 comments</h2>{comments}</section></main>
<aside class="sidebar"><h2>Most read</h2><ol><li><a href="/b/1"><p>{aside}</p></a></li><li><a href="/b/2"><p>A whale
was seen</p></a></li></ol></aside>{FOOTER}</body></html>"""


def wordpress(texts: Sequence[str], comment: str, aside: str) -> str:
    """A blog of the most usual system, with its widgets and its list of comments."""
    comments = "".join(
        f'<li id="comment-{n}" class="comment even thread-even depth-1"><article id="div-comment-{n}" '
        f'class="comment-body"><footer class="comment-meta"><b class="fn">reader{n}</b> says:</footer>'
        f'<div class="comment-content"><p>{text}</p></div><div class="reply"><a href="#respond">Reply</a></div>'
        "</article></li>"
        for n, text in enumerate(said(comment))
    )
    return f"""{head()}<body class="single single-post comments-open"><div id="page" class="site">{NAVIGATION}
<div id="content" class="site-content"><div id="primary" class="content-area"><main id="main" class="site-main">
<article id="post-17" class="post-17 post type-post status-publish hentry"><header class="entry-header">
<h1 class="entry-title">{HEADLINE}</h1><span class="comments-link"><a href="#comments">4 Comments</a></span></header>
<div class="entry-content">{paragraphs(texts)}<div class="sharedaddy"><h3>Share this:</h3><ul><li>Mail</li></ul></div>
<div id="jp-relatedposts" class="jp-relatedposts"><h3>Related</h3><div><p><a href="/x">{aside}</a></p>
<p>In "Harbour"</p></div></div></div></article>
<div id="comments" class="comments-area"><h2 class="comments-title">4 thoughts on “{HEADLINE}”</h2>
<ol class="comment-list">{comments}</ol><div id="respond" class="comment-respond"><h3>Leave a Reply</h3><form>
<p>Your address will not be published.</p><textarea></textarea></form></div></div></main></div>
<aside id="secondary" class="widget-area"><section class="widget widget_recent_entries"><h2>Recent Posts</h2><ul>
<li><a href="/y">{aside}</a></li></ul></section><section class="widget widget_text"><div class="textwidget"><p>{aside}
This blog is about the sea. It is written by three friends who have lived by the harbour since they were born.</p></div>
</section></aside></div>{FOOTER}</div></body></html>"""


def disqus(texts: Sequence[str], comment: str, aside: str) -> str:
    """Comments of a service for many sites, written into the page by its server."""
    posts = "".join(
        f'<li class="post"><div class="post-content"><div class="post-message"><p>{text}</p></div></div></li>'
        for text in said(comment)
    )
    return f"""{head()}<body>{NAVIGATION}<div class="container"><div class="row"><div class="col-md-8">
<h1 class="title">{HEADLINE}</h1><div class="post-body">{paragraphs(texts)}</div>
<div id="disqus_thread"><div id="layout"><section id="conversation"><ul id="post-list" class="post-list">{posts}</ul>
</section></div></div></div><div class="col-md-4"><div class="panel"><h4>About</h4><p>{aside} This site has been
online since the first cable reached the island, and it will be until the last one is cut.</p></div>
</div></div></div>{FOOTER}</body></html>"""


def unnamed(texts: Sequence[str], comment: str, aside: str) -> str:
    """Nothing but numbered boxes, as page builders make them; the comments stand under their heading."""
    comments = "".join(f'<div class="c7 comment-item"><div class="c8">{text}</div></div>' for text in said(comment))
    return f"""{head()}<body><div class="c1"><a href="/">Home</a> <a href="/news">News</a></div><div class="c2">
<div class="c3"><h1>{HEADLINE}</h1>{"".join(f'<div class="c4">{text}</div>' for text in texts)}</div>
<div class="c6" data-component="comments"><div>Comments (4)</div>{comments}</div></div><div class="c5 right-rail">
<div><a href="/1">{aside}</a></div><div><a href="/2">A whale was seen off Sandholm on Monday morning</a></div></div>
</body></html>"""


def german_portal(texts: Sequence[str], comment: str, aside: str) -> str:
    """Names in another language, teasers in the midst of the text, a forum below it."""
    postings = "".join(
        f'<div class="forum-posting"><h4>Beitrag {n}</h4><div class="posting-text">{text}</div></div>'
        for n, text in enumerate(said(comment))
    )
    return f"""{head()}<body>{NAVIGATION}<div class="seite"><div class="artikel" itemscope
itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">{HEADLINE}</h1><div itemprop="articleBody"
class="artikeltext">{paragraphs(texts[:4])}<div class="teaserbox"><p class="mehr">Lesen Sie auch:</p><p><a
href="/t">{aside}</a></p></div>{paragraphs(texts[4:])}</div></div><div class="leserkommentare" id="kommentare">
<h3>Leserkommentare</h3>{postings}</div><div class="meistgelesen"><h3>Meistgelesen</h3><ul><li>{aside}</li></ul></div>
</div>{FOOTER}</body></html>"""


def forum(texts: Sequence[str], comment: str, aside: str) -> str:
    """A board: the item of the feed is the first post, what others answer is their comment."""
    answers = "".join(
        f'<div class="post reply" id="reply-{n}"><div class="author">member{n}</div><div class="post-text">'
        f"<p>{text}</p></div></div>"
        for n, text in enumerate(said(comment))
    )
    return f"""{head()}<body><div class="breadcrumb"><a href="/">Board</a> » <a href="/sea">Sea</a></div>
<h1>{HEADLINE}</h1><div class="topic"><div class="post first-post" itemprop="articleBody"><div class="post-text">
{paragraphs(texts)}</div></div><div class="replies" id="replies"><h2>4 replies</h2>{answers}</div></div>
<div class="sidebar"><h3>Similar topics</h3><p><a href="/z">{aside}</a></p></div></body></html>"""


def line_breaks(texts: Sequence[str], comment: str, aside: str) -> str:
    """No paragraphs at all, as in blogs of twenty years ago."""
    comments = "".join(f'<dt>anonymous said…</dt><dd class="comment-body"><p>{text}</p></dd>' for text in said(comment))
    return f"""{head()}<body><div id="main-wrapper"><div class="date-posts"><div class="post hentry"><h3
class="post-title entry-title">{HEADLINE}</h3><div class="post-body entry-content">{"<br /><br />".join(texts)}
<div style="clear: both;"></div></div></div><div class="comments" id="comments"><h4>4 comments:</h4><dl
id="comments-block">{comments}</dl></div></div></div><div id="sidebar-wrapper"><div class="widget PopularPosts">
<h2>Popular posts</h2><div class="item-snippet">{aside}</div></div></div></body></html>"""


def tables(texts: Sequence[str], comment: str, aside: str) -> str:
    """Laid out in tables, not closed everywhere."""
    return f"""<html><head><title>{HEADLINE}</title><body bgcolor=white><table width=100%><tr><td width=150><a
href="/">Home</a><br><a href="/old">Archive</a><br><a href="/n">{aside}</a><td><font size=5><b>{HEADLINE}</b></font>
{"".join(f"<p>{text}" for text in texts)}<hr><td width=150><b>Other news</b><br><a href="/m">{aside}</a></table>
<div class=guestbook id=comments><p>{"<p>".join(said(comment))}</div></body></html>"""


def details(texts: Sequence[str], comment: str, aside: str) -> str:
    """Threads that unfold, each answer inside the one before."""
    thread = "".join(f'<details class="CommentBox" open><summary>Posted</summary><p>{t}</p>' for t in said(comment))
    return f"""{head()}<body><div class="PageHeadline"><h1>{HEADLINE}</h1></div><div class="ArticleText">
{paragraphs(texts)}</div><hr>{thread}{"</details>" * len(said(comment))}<div class="SideBox"><p>{aside}</p></div>
</body></html>"""


def reactions(texts: Sequence[str], comment: str, aside: str) -> str:
    """The article in a section of its own; readers “react” and “respond”."""
    responses = "".join(
        f'<div class="response" role="comment"><div>{text}</div><button>Like</button></div>' for text in said(comment)
    )
    return f"""{head()}<body><div id="root"><div class="nav-bar"><a href="/">Home</a></div><main><section><h1>{HEADLINE}
</h1>{paragraphs(texts)}</section><section class="responses" aria-label="Responses"><h2>Responses</h2>{responses}
</section><section class="recommended"><h2>Recommended from the harbour</h2><div><h3>{aside}</h3><p>{aside} A story of
men, masts and the sea that took three years to write down and half an hour to read.</p></div></section></main></div>
</body></html>"""


def columns(texts: Sequence[str], comment: str, aside: str) -> str:
    """Left and right, and no name says which is which."""
    box = f"<p>{aside}.</p><p>Whoever wants to write for us finds our address at the end of the page.</p>"
    return f"""{head()}<body><div id="top"><a href="/">Home</a></div><div id="left"><h2>{HEADLINE}</h2>
{paragraphs(texts)}<h3 id="comments">What readers say</h3><p>{"</p><p>".join(said(comment))}</p></div>
<div id="right">{box}</div></body></html>"""


def hashed(texts: Sequence[str], comment: str, aside: str) -> str:
    """Names that a program made up: only headings tell what stands where."""
    comments = "".join(f'<div class="css-8h"><p>{text}</p></div>' for text in said(comment))
    return f"""{head()}<body><div class="css-1a"><main class="css-2b"><h1 class="css-3c">{HEADLINE}</h1>
<section class="css-4d">{paragraphs(texts)}</section><div class="css-9k"><h2>Discussion (4)</h2>{comments}</div></main>
<div class="css-5e"><h3>Trending now</h3><p>{aside}</p></div></div></body></html>"""


def letter(texts: Sequence[str], comment: str, aside: str) -> str:
    """A letter to subscribers as it stands on the web."""
    comments = "".join(f'<div class="comment"><p>{text}</p></div>' for text in said(comment))
    return f"""{head()}<body><div class="single-post"><article class="typography newsletter-post post"><h1
class="post-title">{HEADLINE}</h1><div class="available-content"><div class="body markup">{paragraphs(texts)}</div>
</div></article><div class="comments-section"><h4>Discussion about this post</h4>{comments}</div><div
class="portable-archive"><h4>Ready for more?</h4><p>{aside}</p></div></div></body></html>"""


def elements_of_its_own(texts: Sequence[str], comment: str, aside: str) -> str:
    """A forum that invented its own elements."""
    comments = "".join(f'<x-comment><div slot="comment"><p>{text}</p></div></x-comment>' for text in said(comment))
    return f"""{head()}<body><main><h1>{HEADLINE}</h1><x-post><div slot="text-body">{paragraphs(texts)}</div></x-post>
<x-comment-tree>{comments}</x-comment-tree></main><aside><p>{aside}</p></aside></body></html>"""


def tables_of_posts(texts: Sequence[str], comment: str, aside: str) -> str:
    """A board whose every post is a table."""
    posts = "".join(
        f'<table id="post{n}" class="tborder"><tr><td class="alt2">member{n}</td><td class="alt1" id="td_post_{n}">'
        f'<div id="post_message_{n}">{post}</div></td></tr></table>'
        for n, post in enumerate((paragraphs(texts), *(f"<p>{text}</p>" for text in said(comment))))
    )
    return f"""{head()}<body><h1>{HEADLINE}</h1><div id="posts">{posts}</div><div class="thread-sidebar">
<p>{aside}</p></div></body></html>"""


LAYOUTS: tuple[Layout, ...] = (
    newspaper,
    wordpress,
    disqus,
    unnamed,
    german_portal,
    forum,
    line_breaks,
    tables,
    details,
    reactions,
    columns,
    hashed,
    letter,
    elements_of_its_own,
    tables_of_posts,
)

CHINESE_HEADLINE = "渡轮全线开通无线网络"
CHINESE = (
    "往返各岛之间的旅客从本周起在甲板以下也可以打电话了。渡轮公司整个冬天都在下港的船坞里，为六艘船装上了四十座小型天线。",
    "工程比原计划拖得更久。二月份有两艘船不得不再次烘干，因为海水渗进了新电缆的管道。",
    "对船员来说，这意味着习惯的改变。以前在公海上只有船长的电话能用，谁想打电话就得爬上驾驶台。",
    "掌舵十九年的布兰特说，船上的每一段恋情他都知道。他并不觉得自己会怀念那些日子。",
    "天线的费用由公司自己承担。公司预计四年内收回成本，主要来自在岸上跟踪货物的运输商。",
    "渔民们不太高兴。他们说新天线上的灯光在夜里晃眼，而第一盏灯点亮之前没有人问过他们。",
    "港务长认为这是误会。灯和以前一样，只是数量增加了，标明每一盏灯的海图将在五月份印出来。",
    "来自三个国家的工程师观看了首次试验。他们测量了浪高超过四米时信号能传多远，结果出乎意料。",
    "其他航线是否跟进取决于价格。一座天线的价钱相当于一辆旧车，一艘渡轮至少需要六座。",
    "更多的频段即将到来：监管机构秋天将举行5G拍卖，渡轮公司要求在规则公布之前发表意见。",
    "在那之前旅客可以免费通话。从六月起，一天的上网费相当于船上一杯咖啡的价钱，儿童半价。",
)
"""The tenth names the 5G拍卖, and no other."""


def chinese_portal(texts: Sequence[str], comment: str, aside: str) -> str:
    comments = "".join(
        f'<div class="pl-item"><span>网友{n}</span><p>{text}</p></div>'
        for n, text in enumerate(
            ("等了这么多年终于有信号了，孩子们可以报平安了。", comment, "坐船就应该看海，不要看手机。")
        )
    )
    return f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{CHINESE_HEADLINE}_海岚新闻</title>
</head><body><div class="top-nav"><a href="/">首页</a><a href="/news">新闻</a></div><div class="wrap"><div class="left">
<h1>{CHINESE_HEADLINE}</h1><div class="info">2026-03-14 来源：海岚</div><div class="content" id="artibody">
{paragraphs(texts)}</div><div id="pinglun" class="pinglun"><h3>网友评论</h3>{comments}</div></div><div class="right">
<div class="hot-news"><h3>热门排行</h3><ul><li><a href="/h1">{aside}</a></li><li>
<a href="/h2">鲸鱼现身沙岛</a></li></ul></div></div></div></body></html>"""
