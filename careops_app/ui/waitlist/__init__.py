"""The waitlist: who would come if a time became free, what is offered to whom, and putting somebody on the list.

address.py        the addresses of the screen
state.py          which part of the list
adding_state.py   somebody new on the list
page.py           the screen; adding.py its dialog
"""
