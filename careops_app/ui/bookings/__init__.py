"""The calendar: days, weeks and lists of bookings, one booking beside them, new ones and moves.

address.py         the addresses of the screen
grid.py            bookings and hours as positions in a calendar
state.py           which part of the calendar, or which list
record_state.py    the booking that is open, and what may be done with it
making_state.py    a new booking, or another time for one
page.py            the screen; calendar.py, record.py, making.py its blocks
"""
