"""What is happening in the business right now; reads only."""
