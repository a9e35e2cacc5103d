"""The reader: from an address to articles, and to the decision what is new.

fetch      one polite GET; addresses, redirects, turns, headers, body and trouble are its parts
workers    parsing outside the event loop: the parent's side; worker is the process, frames what they say to each other
parse      a document to articles; charset, entries, jsonfeed, compose and sanitise are its parts
identity   the same article or not; links folds addresses
news       what is new, for whom
cadence    when to look again
discovery  which feeds a web page names
"""
