"""E-mail and text messages: how they leave, whether that works, and what was kept on this machine instead."""
