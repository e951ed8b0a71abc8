"""What is happening in the business right now: answers only, every number a link to the list that proves it."""
