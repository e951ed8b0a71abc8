"""CareOps: one operations platform for service businesses. The map of the house:

app.py, cli/        compose and start everything
ui/                 what staff see (the only rooms that know Reflex, with app.py)
public/ api/        what customers and machines meet: plain HTML, REST
worker/             the timetable of all that runs by itself
integrations/       the world outside, one folder per port
dashboard/          what is happening right now
automation/         on this event, when this holds, do these things
forms/ inventory/ bookings/ inbox/ contacts/ workspace/   the business, noun by noun
infra/              technique that knows no noun
events.py errors.py what the business announces, what may fail
"""
