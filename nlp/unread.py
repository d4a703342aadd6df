"""What is said of a post in which nothing was read.

Here and not beside the components, so that naming it loads no spaCy.
"""

from mentions.mention import Intent, Sentiment

UNKNOWN_LANGUAGE = "und"
NO_MODEL = "none"
NO_HURRY = 4
UNREAD = Sentiment(label="neutral", score=0, confidence=0, unsure=True, model=NO_MODEL)
NOTHING_WANTED = Intent(label="other", confidence=0.5)
