"""The calendar: days, weeks and lists of bookings, one booking beside them; visits are added, moved and lengthened in it.

address.py         the addresses of the screen
reading.py         what the browser says, as values
grid.py            bookings and hours as positions in a calendar; columns.py, agenda.py the parts of a view
state.py           which part of the calendar, or which list
record_state.py    the booking that is open, and what may be done with it
offers.py          what the dialog offers; choosing_state.py what is chosen, making_state.py what opens it and what it does
gesture_state.py   what mouse and keys (assets/calendar.js) do in the grid
moving.py          a move, told and with its way back; undo_state.py the ways back
page.py            the screen; calendar.py, record.py, making.py its blocks
"""
