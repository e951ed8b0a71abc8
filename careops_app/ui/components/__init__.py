"""The kit: plain functions that draw every part the screens share. No data access, and no Radix Themes component.

A component of Radix Themes anywhere (`rx.box`, `rx.text`, `rx.button`, ...) would put its stylesheet on every page;
`tests/ui/test_kit.py` fails on one. Words in, markup out: rows arrive with their texts made by `infra/wording.py`.
"""

from careops_app.ui.components import toasts
from careops_app.ui.components.buttons import button, cover_link, icon_button, link, link_button, link_icon, out_link
from careops_app.ui.components.copying import copy_field
from careops_app.ui.components.fields import (
    checkbox,
    choice_segment,
    field,
    post_form,
    problem,
    radio,
    search_box,
    select,
    select_field,
    switch,
    text_field,
    text_input,
    textarea,
    textarea_field,
)
from careops_app.ui.components.figures import progress, split_bar, stat_block, stat_row, stats, step, steps
from careops_app.ui.components.icons import icon, inline, mark
from careops_app.ui.components.messages import (
    alert_row,
    channel_icon,
    channel_word,
    conversation_item,
    day_line,
    event_line,
    message_bubble,
)
from careops_app.ui.components.navigation import (
    back_link,
    body,
    page_header,
    pager,
    segment,
    segmented,
    tab,
    tabs,
)
from careops_app.ui.components.overlays import (
    closing,
    confirm,
    dialog,
    drawer,
    menu,
    menu_action,
    menu_group,
    menu_link,
    side_panel,
)
from careops_app.ui.components.people import avatar
from careops_app.ui.components.state import badge, state_icon, tone_of, word_of
from careops_app.ui.components.surfaces import (
    banner,
    card,
    column,
    definitions,
    empty,
    fact,
    facts,
    failed,
    group_heading,
    note,
    padded,
    rows,
    skeleton,
    table,
)

__all__ = [
    "alert_row", "avatar", "back_link", "badge", "banner", "body", "button", "card", "channel_icon",
    "channel_word", "checkbox", "choice_segment", "closing", "column", "confirm", "conversation_item", "copy_field",
    "cover_link", "day_line", "definitions", "dialog", "drawer", "empty", "event_line", "fact", "facts", "failed",
    "field", "group_heading", "icon", "icon_button", "inline", "link", "link_button", "link_icon", "mark", "menu",
    "menu_action", "menu_group", "menu_link", "message_bubble", "note", "out_link", "padded", "page_header",
    "pager", "post_form", "problem", "progress", "radio", "rows", "search_box", "segment", "segmented", "select",
    "select_field", "side_panel", "skeleton", "split_bar", "stat_block", "stat_row", "state_icon", "stats",
    "step", "steps", "switch", "tab", "table", "tabs", "text_field", "text_input", "textarea", "textarea_field",
    "toasts", "tone_of", "word_of",
]  # fmt: skip
