"""All that runs by itself: the timetable, and where ports meet their adapters."""
