"""How pages name what stands around an article, and how they ask for a subscription: in their markup and to people."""

import re


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def _phrases(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


# ---- in class, id and the like, word by word -----------------------------------------------------------------------

COMMENTS = _words("""
    comment comments commentlist commentbox commentarea commentthread commentaire commentaires comentario comentarios
    commento commenti kommentar kommentare kommentarer leserkommentar leserkommentare leserbriefe reacties disqus dsq
    fbcomments hypercomments livefyre viafoura spotim guestbook talkback cmt cmts pinglun changyan sohucs komentarz
    komentarze komentari kommentit yorum yorumlar 评论 コメント
""")
ANSWERS = _words("reaction reactions responses respond replies reply reblog reblogs")
"""Comments by other names; but an id may be made of a headline, and articles tell of reactions."""
OTHERS = _words("""
    sidebar sidebox related recommended recommendation recommendations teaser teasers teaserbox promo promobox mostread
    popular trending outbrain taboola newsletter cookie cookies consent gdpr breadcrumb breadcrumbs meistgelesen
    empfehlungen advert advertisement sponsored morenews hotnews xiangguan tuijian
""")
PAIRS_OF_OTHERS = frozenset(
    tuple(pair.split())
    for pair in (
        *("side bar", "side box", "right rail", "most read", "read also", "also read", "see also"),
        *("more news", "more stories", "hot news", "other news", "reader letters"),
    )
)
STATES = _words("has with without no open closed enabled disabled allow allowed count number link off on")
"""Beside these a name tells of the page, not of what stands inside."""
THREAD = _words("post posting message reply hentry")
"""What boards call each post."""
POST = re.compile(r"(?:js[-_]|td[-_])?(?:pid|post|msg|message|posting|reply)(?:[-_](?:message|body|text))?[-_]?\d+")
SHORT_POST = re.compile(r"(?:p|entry)[-_]?\d+")
"""And by which id; by the shorter ones others call a paragraph."""
ARTICLE = re.compile(r"(?:article|entry|post|story)[-_]*(?:body|content|text)|hentry", re.IGNORECASE | re.ASCII)

WALL = re.compile(r"(?:pay|reg|subscri(?:be|ber|ption))[-_]?wall|subscribers?[-_]only", re.IGNORECASE)
NO_WALL = re.compile(
    r"(?:^|[-_])(?:no|has|without|not|free|enabled|disabled|off|hidden|inactive)(?:[-_]|$)", re.IGNORECASE
)

# ---- in headings ---------------------------------------------------------------------------------------------------

_COUNT = r"\(?\d[\d.,]*\)?"
COMMENTS_FOLLOW = _phrases(
    rf"(?:{_COUNT}\s*)?(?:(?:reader|user|all|latest|leser|die)[ -]?)*"
    r"(?:comments?|kommentare?|kommentarer|commentaires?|comentarios?|commenti|reacties|"
    r"(?:网友|最新|全部|热门)?(?:评论|評論|留言)|コメント)"
    rf"(?:\s*{_COUNT})?:?",
    rf"{_COUNT} thoughts on .{{0,200}}",
    rf"(?:responses?|replies|reactions|discussion)\s*{_COUNT}|{_COUNT}\s*(?:responses?|replies|reactions)",
    r"discussion about this \w+",
    r"join the (?:discussion|conversation)|leave a (?:reply|comment)|have your say",
    r"what (?:readers say|do you think\??)",
    r"diskutieren sie mit.{0,20}|réagissez.{0,20}|participa en la conversación",
)
OTHERS_FOLLOW = _phrases(
    r"(?:related|similar|recommended|popular|trending|latest|recent|more|other|further)"
    r"(?: (?:news|articles|stories|posts|topics|reading|content|links|coverage|for you|(?:from|on|in) .{1,40}))?",
    r"(?:recommended|more) from .{1,40}|trending now|(?:recent|latest) comments",
    r"about the authors?|über de[nr] autor(?:in)?|newsletter|sign up for .{1,40}|advertisement|anzeige",
    r"(?:read|see) (?:also|more|next)|also read|up next|don['’]t miss|(?:from )?around the web",
    r"you (?:may|might) (?:also )?like|most (?:read|popular|viewed)",
    r"lesen sie (?:auch|mehr)|mehr zum thema|auch interessant|meistgelesen|weitere (?:artikel|meldungen)",
    r"ähnliche artikel|das könnte (?:sie|dich) auch interessieren",
    r"(?:à )?lire aussi|sur le même sujet|les plus lus|articles (?:liés|similaires)",
    r"te puede interesar|lea también|noticias relacionadas|(?:lo )?más leíd[oa]s?|leggi anche|articoli correlati",
    r"相关(?:新闻|阅读|文章|推荐|报道)|延伸阅读|热门(?:新闻|文章|排行|推荐)|推荐阅读|猜你喜欢|精彩推荐",
    r"関連(?:記事|ニュース)|人気記事",
)

# ---- before a wall -------------------------------------------------------------------------------------------------

WALL_ASKS = _phrases(
    "subscri|sign in|log in|member|register|unlock|continue reading|abonn|jetzt lesen|weiterlesen|anmelden|réservé",
    "suscr|abbonat|iscriv|订阅|訂閱|会员|會員|付费|登录|購読|有料|ログイン|구독",
)
"""What a box says somewhere that is named a wall."""
WALL_BEGINS = _phrases(
    r"this (?:article|story|content) is (?:only |reserved |available |exclusively )*(?:for|to) (?:our )?(?:paying )?"
    r"(?:subscribers|members)",
    r"(?:please )?(?:subscribe|sign in|log in|register)(?: now| or \w+(?: \w+)?)? to (?:continue|keep) reading",
    r"(?:please )?(?:subscribe|sign in|log in|register)(?: now| or \w+(?: \w+)?)? to read (?:the|this|on|more)",
    r"(?:dieser|der) (?:artikel|inhalt|text) ist (?:nur |exklusiv )?für (?:\w+ )?abonnent",
    r"cet article est réservé (?:à|aux)",
    r"est[ea] (?:artículo|noticia|contenido) es (?:solo|exclusiv\w) para suscriptores",
    r"本文(?:为|仅限|是)(?:付费|会员|訂戶|订阅)|(?:订阅|付费|登录)后(?:可)?(?:继续)?阅读(?:全文)?",
    r"この記事は(?:有料)?会員限定|残り\s*\d+文字",
)
"""What it begins with where it is not named."""
