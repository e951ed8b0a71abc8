/* Sends a form that only waits to be sent: the visitor has asked for it one page earlier. Without this there is its button. */
document.querySelector("form[data-at-once]")?.requestSubmit();
