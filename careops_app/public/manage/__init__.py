"""A customer's own page of one visit: see, add to the calendar, move, cancel. Opening a page changes nothing."""
