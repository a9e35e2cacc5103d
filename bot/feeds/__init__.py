"""The reader: from an address to articles, and to the decision what is new.

fetch      one polite GET. Before it trip and redirects, turns and waits; at the socket connecting, addresses and
           lookups; after it answers, headers, body, codings and challenge; trouble says what went wrong
workers    reading in processes of their own; worker is such a process, frames what is said to it and by it
parse      a document to articles; charset, vendor, delta, entries, jsonfeed, hints, compose, sanitise and outcomes
           are its parts
pages      the pages of articles, for who asks for full text; fulltext reads one in such a process, with surroundings,
           paywall and pagewords as its parts; extra says whether it is installed
identity   the same article or not; links folds addresses
news       what is new, for whom
cadence    when to look again
discovery  which feeds a web page names
"""
