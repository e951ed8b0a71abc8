"""What the parts of an open conversation share: which one it is, and the way to read it again."""

import reflex as rx


class OpenThread(rx.State, mixin=True):
    """The base of every part of ThreadState."""

    conversation_id: int = 0
    contact_id: int = 0
    name: str = ""
    first_name: str = ""

    async def _read(self) -> None:
        """Reads the conversation again and shows what differs."""
        raise NotImplementedError
