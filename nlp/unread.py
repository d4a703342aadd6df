"""What is said of a post in which nothing was read.

Here and not beside the components, so that naming it loads no spaCy.
"""

from mentions.mention import Intent, Sentiment

UNKNOWN_LANGUAGE = "und"
NO_MODEL = "none"
NO_HURRY = 4
UNREAD = Sentiment(label="neutral", score=0, confidence=0, unsure=True, model=NO_MODEL)
OWN_WORDS = Sentiment(label="neutral", score=0, confidence=1, unsure=False, model=NO_MODEL)
"""What a brand's own account writes is no opinion of it: 'sorry for the trouble' reads as anger."""
OWN_ACCOUNT = "own account"
NOTHING_WANTED = Intent(label="other", confidence=0.5)
