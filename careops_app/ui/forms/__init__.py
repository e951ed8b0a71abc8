"""The forms screen: what is asked of whom and how it stands, the answers, and the builder of forms."""
