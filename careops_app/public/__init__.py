"""What customers see: plain HTML rendered by pure Python functions, no script needed."""
